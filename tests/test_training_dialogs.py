"""Conversations to train on: whole, in the forms of the product, and answered from the results alone."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest

from assistant import wiring
from assistant.conversation import question
from assistant.evidence import citations, cited, unsupported
from assistant.mind import Mind
from assistant.protocols import Scene
from assistant.readings import MediaInfo
from assistant.training.attachments import Attachment, attachment
from assistant.training.clips import MAKERS as CLIPS
from assistant.training.deeds import MAKERS as DEEDS
from assistant.training.dialogs import Dialog, Dialogs
from assistant.training.language import Language
from assistant.training.outcome import Asked, Outcome
from assistant.training.phrasebook import Phrasebook
from assistant.training.results import MAKERS
from assistant.training.sights import COLOURS, PLACES
from assistant.training.sights import MAKERS as SIGHTS
from assistant.types import Evidence, Frame, Message, Part, ToolCall, ToolResult, Turn
from assistant.wiring import HOME, Options

TOP = Path(__file__).parent.parent
MANY = 1500


@pytest.fixture(scope="module")
def language() -> Language:
    return Language(Phrasebook())


@pytest.fixture(scope="module")
def dialogs(language: Language) -> list[Dialog]:
    return list(islice(Dialogs(language, "Be short.").dialogs(5, "train"), MANY))


def parts(message: Message, kind: type[Part]) -> list[Part]:
    return [part for part in message.parts if isinstance(part, kind)]  # type: ignore[arg-type]


def asked(language: Language, call: ToolCall, asks: str, number: int, kind: str = "picture") -> Asked:
    return Asked(call, asks, Random(number), language.vocabulary, kind)


# The form


def test_a_dialog_goes_from_the_user_to_an_answer(dialogs: list[Dialog]) -> None:
    follows = {
        "system": {"user"},
        "user": {"assistant"},
        "assistant": {"tool", "user"},
        "tool": {"assistant"},
    }
    for dialog in dialogs:
        roles = [message.role for message in dialog.messages]
        assert roles[:2] == ["system", "user"] and roles[-1] == "assistant"
        assert all(after in follows[before] for before, after in pairwise(roles))


def test_every_call_has_its_result_and_its_tool(dialogs: list[Dialog]) -> None:
    for dialog in dialogs:
        offered = {tool.name: tool for tool in dialog.tools}
        for message, after in pairwise(dialog.messages):
            calls = [part for part in message.parts if isinstance(part, ToolCall)]
            if not calls:
                continue
            results = [part for part in after.parts if isinstance(part, ToolResult)]
            assert [(c.id, c.name) for c in calls] == [(r.id, r.name) for r in results]
            assert all(offered[c.name].required <= set(c.arguments) <= set(offered[c.name].types) for c in calls)


def test_what_the_assistant_says_is_what_is_learnt(dialogs: list[Dialog]) -> None:
    for dialog in dialogs[:200]:
        assert dialog.targets and all(dialog.messages[number].role == "assistant" for number in dialog.targets)
        assert all(part for number in dialog.targets for part in dialog.messages[number].parts)


def test_evidence_is_numbered_through_the_whole_conversation(dialogs: list[Dialog]) -> None:
    for dialog in dialogs:
        found = [part for message in dialog.messages for part in message.parts if isinstance(part, ToolResult)]
        ids = [each.id for result in found for each in result.evidence]
        assert ids == [f"e{number}" for number in range(1, len(ids) + 1)]


def test_the_same_seed_makes_the_same_dialogs(language: Language) -> None:
    first, again = (list(islice(Dialogs(language).dialogs(9, "test"), 100)) for _ in range(2))
    assert first == again


def test_another_process_makes_the_same_dialogs(language: Language) -> None:
    """Nothing hangs on the order of sets, which Python changes from process to process."""
    script = (
        "from itertools import islice; from assistant.training.dialogs import Dialogs;"
        "from assistant.training.language import Language; from assistant.training.phrasebook import Phrasebook;"
        "made = islice(Dialogs(Language(Phrasebook())).dialogs(9, 'train'), 300);"
        "print([(dialog.messages, [tool.name for tool in dialog.tools]) for dialog in made])"
    )
    told = [
        subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, check=True,
                       capture_output=True, text=True, cwd=TOP, timeout=60).stdout.strip()
        for seed in ("1", "2")
    ]  # fmt: skip
    made = islice(Dialogs(language).dialogs(9, "train"), 300)
    assert told == [str([(dialog.messages, [tool.name for tool in dialog.tools]) for dialog in made])] * 2


def test_the_frames_of_an_attachment_stand_behind_its_line(language: Language) -> None:
    frame = Frame(np.zeros((2, 2, 3), np.uint8))

    def show(attachment: Attachment) -> list[Part]:
        return [frame] if attachment.kind == "picture" else []

    seen = 0
    for dialog in islice(Dialogs(language, show=show).dialogs(2, "train"), 200):
        for message in dialog.messages:
            for part, after in pairwise(message.parts):
                if isinstance(part, str) and part.startswith("[attachment") and "| picture" in part:
                    seen += 1
                    assert after is frame
    assert seen > 20


def test_an_attachment_is_told_as_the_product_tells_it(language: Language) -> None:
    class Nothing:
        """A scene with no frames."""

        def frames(self, *_: object, **__: object) -> Iterator[Frame]:
            return iter(())

    for kind in ("picture", "video", "sound"):
        made = attachment(kind, Random(3), language.vocabulary)
        info = MediaInfo(made.source, made.kind, "", made.width, made.height, made.seconds)
        scene: Scene = Nothing()  # type: ignore[assignment]
        told = question(Turn("?", region=(0.1, 0.2, 0.5, 1.0)), scene, {made.source: info}, 0)
        assert told.parts[0] == made.headline


def test_pointing_is_told_as_the_product_tells_it(dialogs: list[Dialog]) -> None:
    lines = [p for d in dialogs for m in d.messages for p in m.parts if isinstance(p, str) and "points at" in p]
    assert lines and all(line.startswith("[the user points at [0.") for line in lines)


# The answers


def test_answers_hold_nothing_that_the_results_or_the_question_do_not(dialogs: list[Dialog]) -> None:
    for dialog in dialogs:
        known: list[str] = []
        for message in dialog.messages:
            for part in message.parts:
                if (
                    message.role == "assistant"
                    and isinstance(part, str)
                    and any(m.role == "tool" for m in dialog.messages)
                ):
                    assert unsupported(part, known) == (), (part, known[-3:])
                known.append(cited(part) if isinstance(part, ToolResult) else str(part))


def test_answers_cite_what_there_is(dialogs: list[Dialog]) -> None:
    cites = 0
    for dialog in dialogs:
        there: set[str] = set()
        for message in dialog.messages:
            there |= {each.id for p in message.parts if isinstance(p, ToolResult) for each in p.evidence}
            if message.role == "assistant":
                named = {mark for part in message.parts if isinstance(part, str) for mark in citations(part)}
                assert named <= there
                cites += bool(named)
    assert cites > MANY / 4


def test_instructions_in_a_result_are_only_passed_on(language: Language) -> None:
    texts = [
        MAKERS["read_text"](asked(language, ToolCall("c", "read_text", {"source": "a.png"}), "all", number))
        for number in range(600)
    ]
    told = [made for made in texts if "Ignore all previous instructions" in made.text]
    assert told and all(made.answer.startswith("It says ") for made in told)


@pytest.mark.parametrize(
    ("asks", "words"),
    [
        ("amount", "The amount is "),
        ("date", "The date is "),
        ("phone", "The phone number is "),
        ("time", "The time is "),
        ("language", "It is in "),
    ],
)
def test_what_is_asked_of_a_text_is_answered_shortly(language: Language, asks: str, words: str) -> None:
    call = ToolCall("c", "read_text", {"source": "a.png"})
    made = [MAKERS["read_text"](asked(language, call, asks, number)) for number in range(60)]
    short = [each for each in made if each.answer.startswith(words)]
    assert len(short) > 30
    for each in short:
        value = each.answer.removeprefix(words).rpartition(" [")[0]
        number = int(citations(each.answer)[0][1:])
        assert value in each.evidence[number - 1].text


def test_what_is_asked_of_a_sound_is_answered_shortly(language: Language) -> None:
    call = ToolCall("c", "sound_facts", {"source": "a.wav"})
    for number in range(200):
        made = MAKERS["sound_facts"](asked(language, call, "speech", number, "sound"))
        if made.answer.startswith("Yes"):
            assert "somebody speaks" in made.text
        if made.answer == "Nobody speaks.":
            assert "nobody speaks" in made.text


def test_each_tool_has_results_of_its_own(language: Language) -> None:
    assert set(MAKERS) == set(language.book.tools)
    assert len(SIGHTS) + len(CLIPS) + len(DEEDS) == len(MAKERS)


def test_ids_are_moved_behind_those_of_before() -> None:
    made = Outcome("a\nb", (Evidence("f", text="a"), Evidence("f", text="b")), "It says 1 and 2 [e1, e2].")
    assert made.said(1) == made.answer and made.said(5) == "It says 1 and 2 [e5, e6]."
    assert [each.id for each in made.result(ToolCall("c", "t"), 5).evidence] == ["e5", "e6"]


@pytest.fixture(scope="module")
def mind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mind]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIREO_HOME", str(tmp_path_factory.mktemp("home")))
        opened = wiring.open_mind(Options(log=False))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("tool", "source", "arguments"),
    [
        ("read_text", "scene.png", {}),
        ("scan_codes", "scene.png", {}),
        ("picture_facts", "scene.png", {}),
        ("sound_facts", "question.wav", {}),
        ("sound_facts", "clip.mp4", {}),
        ("find_motion", "clip.mp4", {}),
        ("understand_video", "clip.mp4", {}),
        ("find_in_video", "clip.mp4", {"what": "moves to the left"}),
        ("read_text", "clip.mp4", {}),
        ("scan_codes", "clip.mp4", {}),
    ],
)
def test_results_read_like_those_of_the_real_tools(
    mind: Mind, language: Language, tool: str, source: str, arguments: dict[str, str]
) -> None:
    path = str(HOME / "demo" / source)
    [real] = [e for e in mind.use(ToolCall("", tool, {"source": path, **arguments})) if isinstance(e, ToolResult)]
    assert not real.failed, real.text
    call = ToolCall("c", tool, {"source": f"a.{source[-3:]}", **arguments})
    kind = {"png": "picture", "mp4": "video", "wav": "sound"}[source[-3:]]
    made = [MAKERS[tool](asked(language, call, "all", number, kind)) for number in range(900)]
    known = {shape for each in made for shape in shapes(each.text)}
    assert shapes(real.text) <= known


def shapes(text: str) -> set[str]:
    """The lines of a result without what was read or measured in them."""
    text = re.sub(r"\d+(?:\.\d+)?", "0", text)
    text = re.sub(rf"(?:\b(?:{'|'.join(COLOURS)}) 0%(?:, )?)+", "shares", text)
    text = re.sub(rf"(?: Most \w+ is at the (?:{'|'.join(PLACES)})\.)+", " Most of it is there.", text)
    text = re.sub(r"says: \S.*", "says: it", text)
    text = re.sub(r"Searched: .*", "Searched: ways", text)
    lines = [line for line in text.split("\n") if line.strip() and not line.isupper()]
    return set(lines)


# Several turns


def test_a_follow_up_takes_over_what_it_does_not_say(language: Language) -> None:
    made = Dialogs(language)
    taken = 0
    for number in range(1200):
        dialog = made.dialog(Random(number), "train", "follow_up")
        calls = [part for message in dialog.messages for part in message.parts if isinstance(part, ToolCall)]
        words = [message.parts[-1] for message in dialog.messages if message.role == "user"]
        if len(calls) == 2 and calls[1].name == "describe_image" and "style" in calls[0].arguments:
            taken += calls[1].arguments["source"] == calls[0].arguments["source"] and len(words) == 2
    assert taken > 5


def test_the_other_picture_is_the_one_that_was_not_asked_about(language: Language) -> None:
    made = Dialogs(language)
    seen = 0
    for number in range(1500):
        dialog = made.dialog(Random(number), "train", "follow_up")
        first = dialog.messages[0].parts
        calls = [part for message in dialog.messages for part in message.parts if isinstance(part, ToolCall)]
        if len(first) == 3 and len(calls) == 2:
            seen += 1
            assert calls[0].arguments["source"] != calls[1].arguments["source"]
    assert seen > 50


def test_a_question_back_is_answered_by_what_was_lacking(language: Language) -> None:
    made = Dialogs(language)
    for number in range(200):
        dialog = made.dialog(Random(number), "train", "asked_back")
        back = str(dialog.messages[1].parts[0])
        call = dialog.messages[3].parts[0]
        assert back.endswith("?") and isinstance(call, ToolCall)
        [(_, value)] = call.arguments.items()
        assert not isinstance(value, str) or value in str(dialog.messages[2].parts[-1])


def test_the_file_that_was_found_is_the_one_that_is_opened(language: Language) -> None:
    made = Dialogs(language)
    opened = 0
    for number in range(1500):
        dialog = made.dialog(Random(number), "train", "follow_up")
        parts = [part for message in dialog.messages for part in message.parts]
        calls = [part for part in parts if isinstance(part, ToolCall)]
        results = [part for part in parts if isinstance(part, ToolResult)]
        if len(calls) == 2 and calls[0].name != "read_file" and calls[1].name == "read_file":
            opened += 1
            assert calls[1].arguments["path"] == results[0].evidence[0].source
    assert opened > 10
