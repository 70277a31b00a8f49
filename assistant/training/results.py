"""What tools answer to the calls of a made request, in the real tools' words, and the answer that passes it on."""

from collections.abc import Mapping
from pathlib import PurePath
from random import Random

from assistant.sources import Source
from assistant.training import clips, deeds, sights
from assistant.training.language import Request
from assistant.training.outcome import Asked, Maker, Outcome
from assistant.training.vocabulary import EXTENSIONS, Vocabulary
from assistant.types import ToolCall

MAKERS: Mapping[str, Maker] = {**sights.MAKERS, **clips.MAKERS, **deeds.MAKERS}
FAILS = 0.05
"""How often a tool fails for no reason of its own."""
GATED = ("capture_photo", "record_clip", "remember", "save_note", "fetch_url", "say", "run_flow")
"""Tools that the user may be asked about."""


def outcome(
    call: ToolCall,
    request: Request,
    rng: Random,
    vocabulary: Vocabulary,
    seconds: float = 60.0,
    kept: tuple[str, ...] = (),
) -> Outcome:
    """What comes of one call of a request.

    Args:
        call: the call
        request: what it is made for
        rng: where chance comes from
        vocabulary: where words come from
        seconds: how long the clip is that it is about
        kept: what was remembered before
    """
    if rng.random() < FAILS and (failure := _failure(call)) is not None:
        return failure
    asked = Asked(call, request.asks, rng, vocabulary, _kind(call), seconds, kept)
    return MAKERS.get(call.name, deeds.made_up)(asked)


def _failure(call: ToolCall) -> Outcome | None:
    if call.name in GATED:
        return Outcome(deeds.REFUSED, (), "You did not approve it, so I have not done it.", failed=True)
    source = str(call.arguments.get("source", call.arguments.get("path", call.arguments.get("first", ""))))
    if not source or source.startswith("camera"):
        return None
    text = f"there is no file {PurePath(Source.of(source).path).name}. Check the path."
    return Outcome(text, (), f"That did not work: {text}", failed=True)


def _kind(call: ToolCall) -> str:
    """What the source of a call is, by its name."""
    ending = Source.of(str(call.arguments.get("source", ""))).path.rpartition(".")[2]
    return next((kind for kind in ("video", "sound") if ending in EXTENSIONS[kind]), "picture")
