"""An assistant in this process with scripted eyes, for tests of the tools."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from assistant import wiring
from assistant.mind import Host, Mind
from assistant.models.hearing_sphinx import SphinxHearing
from assistant.models.scripted import Scripted
from assistant.protocols import Model
from assistant.types import Delta, Frame, Profile, ToolCall, ToolResult


class Eyes(Scripted):
    """A model that tells how many pictures it was given, how large the first is, and the question."""

    def reply(self, messages: Any, tools: Any = (), schema: Any = None) -> Iterator[Any]:
        frames = [part for part in messages[-1].parts if isinstance(part, Frame)]
        yield Delta(f"{len(frames)} pictures, {frames[0].pixels.shape[1]} wide: {messages[-1].parts[-1]}")


def host(model: Model) -> Host:
    return Host(Profile("double", "double", "double", frames=8), model, SphinxHearing())


@contextmanager
def mind_in(home: Path, model: Model) -> Iterator[Mind]:
    """An assistant with a home of its own, whose model is a double."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIREO_HOME", str(home))
        opened = wiring.open_mind(wiring.Options(log=False))
    opened._host.close()
    opened._host = host(model)
    yield opened
    opened.close()


def use(mind: Mind, name: str, **arguments: Any) -> ToolResult:
    """The result of one call."""
    [result] = [event for event in mind.use(ToolCall("", name, arguments)) if isinstance(event, ToolResult)]
    return result
