"""B4: what a still scene costs, beside looking at each frame. B5: the end of an hour of frames beside its beginning.
B6: decoding behind much that was read, beside `generate()` with the cache of transformers, and the memory's speed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import torch
from transformers import DynamicCache

from assistant.bench import giants
from assistant.bench.machine import facts, probes
from assistant.bench.timing import in_turns
from assistant.models.arena import Arena
from assistant.models.eyes import Eyes
from assistant.models.family import Family, cached
from assistant.models.session import Piece, Session
from assistant.models.talks import Continued

BUDGET = 64
"""Frames that are held; the oldest quarter goes when there are more."""
DECODED = 32
"""Tokens that are decoded in a round."""


class Stream:
    """A model of random weights that is shown frames, one after the other."""

    def __init__(self, family: str, size: giants.Size, device: str, kept: int = BUDGET) -> None:
        numbers = torch.float32 if device == "cpu" else torch.bfloat16
        self.name, self.model = family, giants.model(family, size, numbers, device)
        self.family = Family(self.model)
        self._eyes = Eyes(self.family, most=kept)
        self.session = Session(self.family, Arena(self.model.config), self._eyes.features)
        self._spans: list[int] = []

    def show(self, frame: Piece) -> float:
        """The seconds until a frame is read; old ones are forgotten."""
        begun, since = perf_counter(), len(self.session)
        self.session.append(giants.words(2, since % 999))
        self.session.append(frame)[-1].cpu()
        self._spans.append(len(self.session) - since)
        if len(self._spans) > BUDGET:
            gone = BUDGET // 4
            self.session.drop(0, sum(self._spans[:gone]))
            del self._spans[:gone]
        return perf_counter() - begun


def report(quick: bool, rounds: int, tell: Callable[[str], None], device: str = "cpu") -> dict[str, Any]:
    """All figures: a row for each family, and totals."""
    size = "small" if device == "cpu" else "2b"
    rows = [
        _row(name, size, quick, rounds, tell, device)
        for name in (giants.FAMILIES[:1] if quick else ("smolvlm", "qwen3_vl"))
    ]
    whole = {"bench": "streaming", "machine": facts("torch", "transformers"), "rounds": rounds, "talks": rows}
    lengths = sorted({int(name.split()[-1]) for row in rows for name in row if name.startswith("x generate")})
    return whole | {
        "total": {
            "x looking, still": min(row["x looking, still"] for row in rows),
            "last tenth over first": max(row["last tenth over first"] for row in rows),
            **{f"x generate at {n}": min(row[f"x generate at {n}"] for row in rows) for n in lengths},
        }
    }


def _row(name: str, size: str, quick: bool, rounds: int, tell: Callable[[str], None], device: str) -> dict[str, Any]:
    tell(f"{name}, {size}: a still scene")
    row: dict[str, Any] = {"family": name, "size": size, "x looking, still": _still(name, size, rounds, device)}
    tell(f"{name}, {size}: an hour of frames")
    row |= _hour(name, size, 400 if quick else 3600, device)
    for length in (300, 1000) if quick else (300, 4000):
        tell(f"{name}, {size}: decoding behind {length} tokens")
        row |= _decoding(name, size, length, rounds, device)
    return row


def _still(name: str, size: str, rounds: int, device: str) -> float:
    """How many times faster a still scene is read than by looking at each of its frames."""

    def ingest(kept: int) -> Callable[[], int]:
        def work() -> int:
            stream = Stream(name, giants.SIZES[size], device, kept)
            for _ in range(16):
                stream.show(giants.frame(name, 1))
            return len(stream.session)

        return work

    ours, theirs = in_turns(ingest(BUDGET), ingest(0), rounds)
    return round(theirs.figures()["wall"] / ours.figures()["wall"], 2)


def _hour(name: str, size: str, frames: int, device: str) -> dict[str, Any]:
    """The last tenth of a stream beside the first in which as much was held, and what it took up meanwhile."""
    stream = Stream(name, giants.SIZES[size], device)
    seconds = [stream.show(giants.frame(name, n)) for n in range(BUDGET * 2)]
    before, tenth = _resident(), frames // 10
    seconds = [stream.show(giants.frame(name, n)) for n in range(BUDGET * 2, frames + BUDGET * 2)]
    first, last = (median(part) for part in (seconds[:tenth], seconds[-tenth:]))
    return {
        "frames": frames,
        "ms a frame": round(last * 1e3, 1),
        "last tenth over first": round(last / first, 3),
        "growth MB": round((_resident() - before) / 1e6, 1),
    }


def _decoding(name: str, size: str, length: int, rounds: int, device: str) -> dict[str, Any]:
    """Tokens a second behind some that were read, beside `generate()` with its own cache, and the memory's speed."""
    stream = Stream(name, giants.SIZES[size], device)
    model, session = stream.model, stream.session
    text = giants.words(length, 5)
    session.append(text)
    cache = DynamicCache(config=model.config)
    ids = torch.tensor([text.ids], device=model.device)
    with torch.no_grad():
        model(input_ids=ids, use_cache=True, logits_to_keep=1, **cached(model, cache))
    copies = [copy.deepcopy(cache) for _ in range(rounds)]
    question = (17,)
    whole = torch.tensor([[*text.ids, *question]], device=model.device)
    options: dict[str, Any] = {"max_new_tokens": DECODED, "do_sample": False, "suppress_tokens": [giants.PICTURE]}

    def ours() -> list[int]:
        inputs = {name: _there(value, model) for name, value in Continued(session, question, 0, 0).inputs.items()}
        made: list[int] = model.generate(**inputs, **options)[0, whole.shape[1] :].tolist()
        session.arena.cut(length)
        return made

    def theirs() -> list[int]:
        given = model.generate(
            input_ids=whole, attention_mask=torch.ones_like(whole), **cached(model, copies.pop()), **options
        )
        made: list[int] = given[0, whole.shape[1] :].tolist()
        return made

    own, other = in_turns(ours, theirs, rounds)
    if own.answer != other.answer:
        raise ValueError(f"{name}: the two sides say different things behind {length} tokens")
    seconds = own.figures()["wall"] / DECODED
    read = _bytes(model) + 2 * length * _wide(model)
    speed = probes()["GB/s"]
    return {
        f"tokens/s at {length}": round(1 / seconds, 1),
        f"x generate at {length}": round(other.figures()["wall"] / own.figures()["wall"], 2),
        f"of the memory's speed at {length}": round(read / seconds / 1e9 / speed, 2),
    }


def _bytes(model: Any) -> int:
    """Of the weights that a token needs."""
    reader = getattr(model.model, "text_model", None) or model.model.language_model
    parts = [*reader.layers.parameters(), *model.lm_head.parameters()]
    return sum(part.numel() * part.element_size() for part in parts)


def _wide(model: Any) -> int:
    """Bytes of the keys of one token in all layers."""
    text = model.config.get_text_config()
    width = text.hidden_size // text.num_attention_heads * text.num_key_value_heads
    return int(text.num_hidden_layers * width * model.lm_head.weight.element_size())


def _resident() -> int:
    """Bytes that the process holds in memory; 0 where that is not told."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * 4096 if told.exists() else 0


def _there(value: Any, model: Any) -> Any:
    return value.to(model.device) if isinstance(value, torch.Tensor) else value
