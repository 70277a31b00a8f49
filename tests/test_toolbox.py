"""Tools from folders: what may come in, and what happens to a call."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.protocols import Readers, Reporter, Scene
from assistant.toolbox import Toolbox
from assistant.types import Effect, Evidence, ToolCall

HEAD = """
from typing import Annotated
from langchain_core.tools import InjectedToolArg, tool
from assistant.errors import MediaError
from assistant.protocols import Reporter, Scene
from assistant.types import Evidence, Finding
"""
SHOUT = (
    HEAD
    + '''
@tool(parse_docstring=True, extras={"effect": "look"})
def shout(text: str, times: int = 1) -> str:
    """Say it louder.

    Args:
        text: what to say
        times: how often
    """
    return text.upper() * times
'''
)


class Talk:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def report(self, text: str, done: float | None = None) -> None:
        self.told.append(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def toolbox(folder: Path, *sources: str) -> Toolbox:
    for number, source in enumerate(sources):
        (folder / f"tool{number}.py").write_text(source, encoding="utf-8")
    return Toolbox((folder,), (Scene, Reporter))


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall("7", name, arguments)


def test_a_tool_is_called_by_name_and_answers_under_the_id_of_the_call(folder: Path) -> None:
    result = toolbox(folder, SHOUT).call(call("shout", text="hi", times=2), {})
    assert (result.id, result.name, result.text, result.failed) == ("7", "shout", "HIHI", False)


def test_its_schema_is_what_models_read(folder: Path) -> None:
    [schema] = toolbox(folder, SHOUT).schemas
    assert schema["function"]["name"] == "shout"
    assert schema["function"]["parameters"]["properties"]["text"]["description"] == "what to say"


def test_evidence_and_data_come_with_the_text(folder: Path) -> None:
    source = (
        HEAD
        + '''
@tool(response_format="content_and_artifact", extras={"effect": "read"})
def find() -> tuple[str, Finding]:
    """Find."""
    return "found", Finding((Evidence("a.png", 1.0),), {"n": 1})
'''
    )
    result = toolbox(folder, source).call(call("find"), {})
    assert result.evidence == (Evidence("a.png", 1.0),) and result.data == {"n": 1}


def test_what_it_needs_is_injected_and_hidden_from_the_model(folder: Path) -> None:
    source = (
        HEAD
        + '''
@tool(extras={"effect": "look"})
def tell(words: str, reporter: Annotated[Reporter, InjectedToolArg]) -> str:
    """Tell."""
    reporter.report(words)
    return "told"
'''
    )
    box, talk = toolbox(folder, source), Talk()
    assert "reporter" not in box.schemas[0]["function"]["parameters"]["properties"]
    assert box.call(call("tell", words="hm"), {Reporter: talk}).text == "told"
    assert talk.told == ["hm"]


def test_a_model_cannot_pass_what_is_injected(folder: Path) -> None:
    source = (
        HEAD
        + '''
@tool(extras={"effect": "look"})
def tell(reporter: Annotated[Reporter, InjectedToolArg]) -> str:
    """Tell."""
    return type(reporter).__name__
'''
    )
    result = toolbox(folder, source).call(call("tell", reporter="mine"), {Reporter: Talk()})
    assert result.failed and "reporter" in result.text


@pytest.mark.parametrize(
    ("name", "arguments", "word"),
    [("shout", {}, "text"), ("shout", {"text": "a", "times": "many"}, "times"), ("shout", {"text": "a", "x": 1}, "x")],
)
def test_wrong_arguments_become_an_answer_that_names_them(
    folder: Path, name: str, arguments: dict[str, Any], word: str
) -> None:
    result = toolbox(folder, SHOUT).call(call(name, **arguments), {})
    assert result.failed and word in result.text and "\n" not in result.text


def test_an_unknown_tool_is_an_answer(folder: Path) -> None:
    assert toolbox(folder, SHOUT).call(call("rm"), {}).failed


@pytest.mark.parametrize("error", ['MediaError("no picture", "attach one")', 'ValueError("too big")', "KeyError('x')"])
def test_whatever_goes_wrong_in_a_tool_becomes_an_answer(folder: Path, error: str) -> None:
    source = (
        HEAD
        + f'''
@tool(extras={{"effect": "look"}})
def fails() -> str:
    """Fail."""
    raise {error}
'''
    )
    result = toolbox(folder, source).call(call("fails"), {})
    assert result.failed and result.text


def refused() -> Iterator[tuple[str, str]]:
    yield "@tool\ndef f() -> str:\n    'Do.'\n    return ''", 'extras={"effect"'
    yield "@tool(extras={'effect': 'magic'})\ndef f() -> str:\n    'Do.'\n    return ''", "effect"
    yield "raise RuntimeError('boom')", "boom"
    yield "def (", "SyntaxError"
    yield (
        "@tool(extras={'effect': 'look'})\n"
        "def f(r: Annotated[Evidence, InjectedToolArg]) -> str:\n    'D.'\n    return ''",
        "Evidence",
    )


@pytest.mark.parametrize(("source", "word"), refused())
def test_a_tool_that_may_not_load_is_told_and_the_others_work(folder: Path, source: str, word: str) -> None:
    box = toolbox(folder, HEAD + source, SHOUT)
    assert [schema["function"]["name"] for schema in box.schemas] == ["shout"]
    assert len(box.problems) == 1 and word in box.problems[0] and "\n" not in box.problems[0]


def test_a_name_that_is_taken_is_not_taken_again(folder: Path) -> None:
    box = toolbox(folder, SHOUT, SHOUT.replace("upper", "lower"))
    assert box.call(call("shout", text="Hi"), {}).text == "HI" and len(box.problems) == 1


def test_tools_declare_effects_and_what_they_measure(folder: Path) -> None:
    box = toolbox(folder, SHOUT.replace('"look"', '"write", "facts": ["picture"]'))
    assert box.effects == {"shout": Effect.WRITE}
    assert box.facts("picture") == ("shout",) and box.facts("sound") == ()


def test_the_tools_that_ship_all_load() -> None:
    from assistant.mind import GIFTS
    from assistant.wiring import bundled

    box = Toolbox((bundled("tools"),), (*GIFTS, Reporter))
    assert box.problems == []
    assert set(box.effects) >= {
        *("look", "describe_image", "read_text", "scan_codes", "picture_facts", "sound_facts", "transcribe"),
        *("understand_video", "find_in_video", "search_files", "remember", "recall"),
    }
    assert Readers in GIFTS
