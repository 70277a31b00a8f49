"""The verbs behind a pipe: an assistant, a model host or a decoder answers on standard input and output."""

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from assistant.protocols import Assistant, Desk, Hearing, Media, Model
from assistant.types import Progress
from assistant.wire.link import Link, Verbs
from assistant.wire.parent import die_with_parent


def serve(verbs: Verbs, name: str) -> None:
    """Answer until the other side closes the pipe; what libraries print goes to standard error, not into the pipe."""
    die_with_parent()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    link = Link(sys.stdin.buffer, answers, verbs, name)
    link.closed.wait()
    os._exit(0)  # threads may still be deep in a decoder or a model


def host_verbs(model: Model, hearing: Hearing, load: Callable[[], Iterator[Progress]]) -> Verbs:
    """What a model host answers."""
    return {
        "load": load,
        "reply": model.reply,
        "stop": model.stop,
        "label": model.label,
        "transcribe": hearing.transcribe,
        "hearing_label": hearing.label,
    }


def decoder_verbs(media: Media, renew: Callable[[], None]) -> Verbs:
    """What a decoder answers; `renew` gives each request its own allowance of processor time."""

    def allowed(verb: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            renew()
            return verb(*arguments)

        return run

    verbs = (media.info, media.frames, media.moments, media.packets, media.sound, media.damage, media.digest)
    return {verb.__name__: allowed(verb) for verb in verbs}


def mind_verbs(assistant: Assistant, desk: Desk) -> Verbs:
    """What a mind answers."""
    verbs = (assistant.see, assistant.hear, assistant.ask, assistant.use, assistant.stop)
    beside = (desk.status, desk.models, desk.load, desk.tools, desk.sessions)
    return {verb.__name__: verb for verb in verbs + beside}
