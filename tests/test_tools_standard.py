"""Every tool that ships keeps LangChain's standard, and its evidence points to the right frame of made media."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from langchain_core.tools import BaseTool
from langchain_tests import integration_tests, unit_tests

from assistant import wiring
from assistant.agent import Task
from assistant.mind import GIFTS, Host, Mind
from assistant.models.hearing_sphinx import SphinxHearing
from assistant.models.scripted import Scripted
from assistant.protocols import Reporter
from assistant.toolbox import Toolbox
from assistant.types import Box, Delta, Evidence, Profile, ToolCall, ToolResult
from assistant.wiring import HOME, Options, bundled

SCENE, CLIP, QUESTION = (str(HOME / "demo" / name) for name in ("scene.png", "clip.mp4", "question.wav"))
SIGN, CODE = (0.33, 0.45, 0.71, 0.53), (0.81, 0.62, 0.92, 0.78)
BALL = (0.0, 0.46, 0.2, 0.74)
TOOLBOX = Toolbox((bundled("tools"),), (*GIFTS, Reporter))


@dataclass(frozen=True)
class Example:
    """Arguments of a call, and a piece of evidence that it must bring."""

    arguments: dict[str, Any]
    source: str = SCENE
    text: str = ""
    at: float | None = None
    within: float = 0.3
    """Seconds by which the time may miss."""
    box: Box | None = None
    near: float = 0.03
    """Fractions of the picture by which each edge may miss."""

    def shown_by(self, evidence: Evidence) -> bool:
        return (
            evidence.source == self.source
            and self.text.lower() in evidence.text.lower()
            and (self.at is None or (evidence.at is not None and abs(evidence.at - self.at) <= self.within))
            and (self.box is None or (evidence.box is not None and np.allclose(evidence.box, self.box, atol=self.near)))
        )


EXAMPLES = {
    "look": Example({"question": "What?", "source": CLIP, "at": 4.0}, CLIP, "yes", at=4.0, within=0.1),
    "describe_image": Example({"source": SCENE, "words": 9}, text="yes"),
    "read_text": Example({"source": SCENE}, text="HARBOUR CAFE", box=SIGN),
    "scan_codes": Example({"source": SCENE}, text="https://example.org/harbour", box=CODE),
    "picture_facts": Example({"source": SCENE}, text="blue"),
    "sound_facts": Example({"source": QUESTION}, QUESTION, "somebody speaks", at=0.3),
    "transcribe": Example({"source": QUESTION}, QUESTION, "sign", at=0.3, within=0.5),
    "understand_video": Example({"source": CLIP, "question": "What?"}, CLIP, "moves right", at=1.5, within=1.0),
    "find_motion": Example({"source": CLIP}, CLIP, "moves up", at=4.5, within=1.0),
    "find_in_video": Example({"source": CLIP, "what": "moves to the right"}, CLIP, "right", 0.0, box=BALL, near=0.1),
    "count_things": Example({"source": CLIP, "what": "balls that pass"}, CLIP),
    "compare_images": Example({"first": f"{CLIP}#t=0.5", "second": SCENE}, text="HARBOUR CAFE", box=SIGN),
    "remember": Example({"text": "the key hangs behind the door"}, "notes", "key"),
    "recall": Example({"what": "key"}, "notes", "key"),
    "search_files": Example({"what": "scene png", "path": str(HOME / "demo")}, text="scene.png"),
}
"""One for each tool."""


class Yes(Scripted):
    """A model that says yes to everything."""

    def reply(self, messages: Any, tools: Any = (), schema: Any = None) -> Iterator[Any]:
        yield Delta("Yes.")


class Quiet:
    """A reporter that tells nobody."""

    def report(self, text: str, done: float | None = None) -> None: ...


@pytest.fixture(scope="module", autouse=True)
def mind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mind]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIREO_HOME", str(tmp_path_factory.mktemp("home")))
        patch.chdir(HOME)
        opened = wiring.open_mind(Options(log=False))
    opened._host.close()
    opened._host = Host(Profile("yes", "yes", "yes", frames=8), Yes(), SphinxHearing())
    opened._store.remember("the key is red")
    Given.gifts = {**opened._gifts(opened._scene((), None, lambda path: True)), Reporter: Quiet()}
    yield opened
    opened.close()


class Given:
    """One tool and its example, with what it wants beside its arguments."""

    name: ClassVar[str]
    gifts: ClassVar[dict[type, object]] = {}

    @property
    def tool_constructor(self) -> type[BaseTool] | BaseTool:
        return TOOLBOX._tools[self.name]

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        wanted = {name: self.gifts[kind] for name, kind in TOOLBOX._wants[self.name].items()}
        return EXAMPLES[self.name].arguments | wanted


for asynchronous in ("test_async_invoke_matches_output_schema", "test_async_invoke_no_tool_call"):
    pytest.mark.asyncio(getattr(integration_tests.ToolsIntegrationTests, asynchronous))

for each in sorted(set(TOOLBOX.effects) & set(EXAMPLES)):
    globals()[f"TestUnit_{each}"] = type(f"TestUnit_{each}", (Given, unit_tests.ToolsUnitTests), {"name": each})
    globals()[f"TestUse_{each}"] = type(
        f"TestUse_{each}", (Given, integration_tests.ToolsIntegrationTests), {"name": each}
    )


def test_every_tool_has_an_example() -> None:
    assert TOOLBOX.problems == []
    assert set(TOOLBOX.effects) <= set(EXAMPLES)


@pytest.mark.parametrize("name", sorted(set(TOOLBOX.effects) & set(EXAMPLES)))
def test_the_evidence_points_to_the_right_place(mind: Mind, name: str) -> None:
    example = EXAMPLES[name]
    events = mind._agent.use(_task(mind), [ToolCall("1", name, example.arguments)])
    for event in events:
        if hasattr(event, "reason"):
            mind._permissions.answer(event.call.id, event.call.digest)
        if isinstance(event, ToolResult):
            assert not event.failed, event.text
            assert any(map(example.shown_by, event.evidence)), event.evidence
            return
    raise AssertionError("no result")


def _task(mind: Mind) -> Task:
    return Task("test", mind._host.model, [], Given.gifts)
