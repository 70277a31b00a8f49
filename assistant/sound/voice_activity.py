"""Where somebody speaks: Silero's voice activity model on onnxruntime.

The network and its framing are Silero VAD's (https://github.com/snakers4/silero-vad): 512 samples at a time, 64 samples
of context, the state of the LSTM carried on. Its package is only the place where the file lies: importing it would pull
torch in.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from assistant.errors import ModelError
from assistant.types import SAMPLE_RATE, Sound

HOP = 512
"""Samples that one probability stands for: 32 ms."""
CONTEXT = 64
BLOCK = 512
"""Hops in one call of the network: 16 s."""

Samples = NDArray[np.float32]


class VoiceActivity:
    """Finds speech in sound; one network for all threads, loaded when it is first needed."""

    def __init__(
        self,
        threshold: float = 0.7,
        shortest: float = 0.25,
        pause: float = 0.3,
        padding: float = 0.1,
        loudest: float = 0.3,
        gain: float = 30.0,
    ) -> None:
        """`threshold` begins speech, 0.15 under it keeps it; times are seconds.

        A sound whose peak is under `loudest` is raised to it, by a factor of at most `gain`.
        """
        self._threshold = threshold
        self._keep = threshold - 0.15
        self._shortest, self._pause, self._padding = shortest, pause, padding
        self._loudest, self._gain = loudest, gain
        self._lock = threading.Lock()
        self._session: onnxruntime.InferenceSession | None = None

    def __call__(self, sound: Sound) -> Sequence[tuple[float, float]]:
        """The stretches of speech as (since, until), on the clock of the sound; raises ModelError."""
        spans = self._spans(self.probabilities(sound.samples))
        return [
            (sound.at + since, min(sound.at + until, sound.until)) for since, until in _joined(spans, self._padding)
        ]

    def probabilities(self, samples: Samples) -> Samples:
        """How sure the network is of speech, for each hop of 32 ms."""
        hidden = cell = np.zeros((1, 1, 128), np.float32)
        found = [np.zeros(0, np.float32)]
        for block in _blocks(self._raised(samples)):
            chances, hidden, cell = self._network().run(None, {"input": block, "h": hidden, "c": cell})
            found.append(chances)
        return np.concatenate(found)

    def _raised(self, samples: Samples) -> Samples:
        peak = float(np.abs(samples).max(initial=0.0))
        if not 0.0 < peak < self._loudest:
            return samples
        return samples * np.float32(min(self._loudest / peak, self._gain))

    def _spans(self, chances: Samples) -> list[tuple[float, float]]:
        """Hysteresis over the probabilities: speech ends after a whole pause without any."""
        spans: list[tuple[float, float]] = []
        since = last = -1.0
        for index, chance in enumerate(chances):
            now = index * HOP / SAMPLE_RATE
            if chance >= (self._threshold if since < 0 else self._keep):
                since, last = (now if since < 0 else since), now + HOP / SAMPLE_RATE
            elif since >= 0 and now - last >= self._pause:
                spans.append((since, last))
                since = -1.0
        if since >= 0:
            spans.append((since, last))
        return [(since, until) for since, until in spans if until - since >= self._shortest]

    def _network(self) -> onnxruntime.InferenceSession:
        with self._lock:
            if self._session is None:
                self._session = _load(_model_file())
            return self._session


def _blocks(samples: Samples) -> Iterator[Samples]:
    """Hops with their context, (n, 64 + 512), padded with silence to whole hops."""
    hops = -(-len(samples) // HOP)
    padded = np.zeros(CONTEXT + hops * HOP, np.float32)
    padded[CONTEXT : CONTEXT + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + HOP)[::HOP] if hops else padded[:0]
    for first in range(0, hops, BLOCK):
        yield np.ascontiguousarray(windows[first : first + BLOCK])


def _joined(spans: list[tuple[float, float]], padding: float) -> list[tuple[float, float]]:
    """Every span padded, and made one with the next when they touch."""
    joined: list[tuple[float, float]] = []
    for since, until in spans:
        since, until = max(0.0, since - padding), until + padding
        if joined and since <= joined[-1][1]:
            since = joined.pop()[0]
        joined.append((since, until))
    return joined


def _model_file() -> Path:
    package = find_spec("silero_vad")
    folder = next(iter(package.submodule_search_locations or ()), "") if package else ""
    file = Path(folder, "data", "silero_vad_16k_sequence.onnx")
    if not folder or not file.is_file():
        raise ModelError("The voice activity model is not installed.", hint="pip install 'silero-vad>=6.2,<7'")
    return file


def _load(file: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except (RuntimeError, ValueError) as cause:
        raise ModelError("The voice activity model cannot be loaded.", hint="Reinstall silero-vad.") from cause
