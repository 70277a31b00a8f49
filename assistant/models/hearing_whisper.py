"""Ears by openai-whisper, from a checkpoint file that is on this disk."""

from __future__ import annotations

import pickle
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import whisper
from whisper.tokenizer import get_tokenizer

from assistant.errors import ModelError
from assistant.models.place import device_of
from assistant.models.silence import is_silent
from assistant.types import Sound, Utterance, Word

_NO_SPEECH, _UNSURE, _REPEATING = 0.6, -1.0, 2.4
"""Whisper's own thresholds: probability of no speech, mean log probability of a token, rate of compression."""


class WhisperHearing:
    """Any language that Whisper knows; words with their times."""

    def __init__(self, model: Any, name: str, language: str | None = None) -> None:
        """`language`: such as "en"; None: it is detected."""
        self._model, self._name, self._language = model, name, language
        self._free = threading.Lock()

    @classmethod
    def load(cls, place: str | Path, device: str = "auto", language: str | None = None) -> WhisperHearing:
        """From a checkpoint file of openai-whisper ("small.pt"). Only tensors are unpickled. Raises ModelError."""
        file = Path(place).expanduser()
        target = device_of(device)
        checkpoint = _checkpoint(file)
        try:
            model = whisper.Whisper(whisper.ModelDimensions(**checkpoint["dims"]))
            model.load_state_dict(checkpoint["model_state_dict"])
        except (KeyError, TypeError, RuntimeError) as error:
            raise ModelError(f"{file.name} is no Whisper checkpoint", "take one of openai-whisper: small.pt") from error
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            get_tokenizer(multilingual=model.is_multilingual)  # reads its file once, and leaves it open
        return cls(model.to(target).eval(), file.stem, language)

    def transcribe(self, sound: Sound, phrases: Sequence[str] = ()) -> Utterance:
        """The words with their times; what was not speech, or was not understood, is left out.

        `phrases` are told to the model as what was said before, which makes it spell them so.
        """
        if is_silent(sound.samples):
            return Utterance("", sound.at, sound.until)
        heard = [segment for segment in self._segments(sound, phrases) if _is_understood(segment)]
        text = "".join(segment["text"] for segment in heard).strip()
        words = tuple(word for segment in heard for word in _words(segment, sound.at))
        return Utterance(text, sound.at, sound.until, words=words)

    def label(self) -> str:
        return f"Whisper {self._name} on {self._model.device}"

    def _segments(self, sound: Sound, phrases: Sequence[str]) -> list[dict[str, Any]]:
        with self._free, torch.no_grad():
            heard = whisper.transcribe(
                self._model,
                sound.samples,
                language=self._language,
                temperature=(0.0, 0.4),
                condition_on_previous_text=False,
                no_speech_threshold=_NO_SPEECH,
                logprob_threshold=_UNSURE,
                compression_ratio_threshold=_REPEATING,
                initial_prompt=" ".join(phrases) or None,
                word_timestamps=True,
                fp16=self._model.device.type == "cuda",
            )
        return list(heard["segments"])


def _checkpoint(file: Path) -> Mapping[str, Any]:
    try:
        return dict(torch.load(file, map_location="cpu", weights_only=True))
    except FileNotFoundError as error:
        raise ModelError(f"there is no file {file}", "give a checkpoint of openai-whisper: small.pt") from error
    except pickle.UnpicklingError as error:
        raise ModelError(f"{file.name} holds more than tensors, which can run code", "take it from OpenAI") from error
    except (OSError, RuntimeError, EOFError, ValueError, TypeError) as error:
        raise ModelError(f"{file.name} cannot be read: {error}", "download it again") from error


def _is_understood(segment: Mapping[str, Any]) -> bool:
    return bool(
        segment["no_speech_prob"] <= _NO_SPEECH
        and segment["avg_logprob"] >= _UNSURE
        and segment["compression_ratio"] <= _REPEATING
    )


def _words(segment: Mapping[str, Any], at: float) -> Iterator[Word]:
    for word in segment.get("words", ()):
        yield Word(word["word"].strip(), at + float(word["start"]), at + float(word["end"]))
