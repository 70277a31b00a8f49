"""The router beside a checkpoint: what it reads of a talk, what it learns, and how a model leans to it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_pocket import words

from assistant.errors import ModelError
from assistant.models.guide import Guide
from assistant.models.leaning import Leaning, beginnings
from assistant.models.router import ROUTER, Odds, Router
from assistant.models.schema import Held
from assistant.models.traits import terms
from assistant.models.vision import Vision
from assistant.training.architecture import SIZES, built, family_of
from assistant.training.exam import Case, cases
from assistant.training.export import export
from assistant.training.language import NO_TOOL, Language, sentences
from assistant.training.phrasebook import Phrasebook
from assistant.training.pocket import Pupil
from assistant.training.routing import kept, learnt
from assistant.types import Delta, Message, ToolCall

REQUESTS, ROUNDS = 3000, 3


@pytest.fixture(scope="module")
def book() -> Phrasebook:
    return Phrasebook()


@pytest.fixture(scope="module")
def router(book: Phrasebook) -> Router:
    return learnt(book, 0, REQUESTS, ROUNDS)


@pytest.fixture(scope="module")
def held_out(book: Phrasebook) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in cases(Language(book), 60, 3):
        found.setdefault(case.skill, []).append(case)
    return found


def right(router: Router, cases: list[Case]) -> float:
    wanted = [case.calls[0].name if case.calls else "" for case in cases]
    chosen = [router.odds(case.messages, case.tools).choice for case in cases]
    return sum(one == other for one, other in zip(wanted, chosen, strict=True)) / len(cases)


@pytest.mark.parametrize(
    ("said", "marks"),
    [
        ("Read ~/a/bill_7.PNG, please!", ["read", "PATH.picture", "please"]),
        ("in (clip.mp4#t=3.5): who?", ["in", "PATH.video", ":", "who", "?"]),
        ("hear a.wav or scan.pdf or notes/x.txt", ["hear", "PATH.sound", "or", "PATH.document", "or", "PATH.text"]),
        ("open https://a.example/b?c=1 and www.b.org", ["open", "URL", "and", "URL"]),
        ("list ./music/ at 5:30 in twenty 4 s", ["list", "FOLDER", "at", "CLOCK", "in", "NUMBER", "NUMBER", "s"]),
        ("what's up", ["what's", "up"]),
        ("", []),
    ],
)
def test_files_addresses_and_numbers_are_marks_of_their_kind(said: str, marks: list[str]) -> None:
    assert terms(said) == marks


def test_tools_are_known_from_phrases_that_were_never_trained_on(
    router: Router, held_out: dict[str, list[Case]]
) -> None:
    wanted = [case.calls[0].name for case in held_out["tool"]]
    constant = max(map(wanted.count, wanted)) / len(wanted)
    assert right(router, held_out["tool"]) > max(0.5, 3 * constant)


def test_tools_that_were_made_up_are_chosen_by_what_is_told_of_them(
    router: Router, held_out: dict[str, list[Case]]
) -> None:
    found = held_out["made-up tool"]
    chance = sum(1 / (1 + len(case.tools)) for case in found) / len(found)
    assert right(router, found) > chance + 0.1


def test_a_tool_that_is_not_offered_is_no_call(router: Router, book: Phrasebook) -> None:
    asked = [Message("user", ("set a timer for five minutes",))]
    others = [book.tools[name].schema for name in ("look", "scan_codes")]
    assert router.odds(asked, [*others, book.tools["set_timer"].schema]).choice == "set_timer"
    odds = router.odds(asked, others)
    assert odds.choice == "" and max(odds.sentences, key=lambda text: odds.sentences[text]) == NO_TOOL


def test_all_that_may_be_replied_is_likely_together(router: Router, held_out: dict[str, list[Case]]) -> None:
    for case in held_out["later turn"]:
        odds = router.odds(case.messages, case.tools)
        assert set(odds.tools) == {tool["function"]["name"] for tool in case.tools}
        assert sum((*odds.tools.values(), *odds.sentences.values(), odds.again)) == pytest.approx(1, abs=1e-3)


def test_the_attachment_decides_what_words_leave_open(router: Router, book: Phrasebook) -> None:
    tools = [tool.schema for tool in book.tools.values()]
    picture = "[attachment: a.png | picture 640x480]"
    read = [
        router.odds([Message("user", (*head, "read the text"))], tools).tools["read_text"] for head in ((picture,), ())
    ]
    assert read[0] > 2 * read[1]


def test_the_same_seed_makes_the_same_router(book: Phrasebook) -> None:
    one, other = (learnt(book, 1, 300, 1).stored() for _ in range(2))
    assert one[1] == other[1] and all(torch.equal(one[0][name], other[0][name]) for name in one[0])


def test_nothing_of_the_held_out_phrases_is_learnt(book: Phrasebook, router: Router) -> None:
    """What is learnt from a book without them is the same."""
    apart = Phrasebook()
    apart._phrases = {intent: book.phrases(intent, "train") for intent in book.intents}
    one, other = learnt(book, 2, 200, 1).stored(), learnt(apart, 2, 200, 1).stored()
    assert all(torch.equal(one[0][name], other[0][name]) for name in one[0])


def test_a_router_lies_in_a_small_file_beside_a_checkpoint(
    router: Router, held_out: dict[str, list[Case]], tmp_path: Path
) -> None:
    assert Router.beside(tmp_path) is None
    kept(router, tmp_path)
    assert (tmp_path / ROUTER).stat().st_size < 5 * 2**20
    read = Router.beside(tmp_path)
    assert read is not None
    for case in held_out["tool"][:10]:
        one, other = (each.odds(case.messages, case.tools).tools for each in (router, read))
        assert one == pytest.approx(other, abs=0.02)


@pytest.mark.parametrize("damage", [b"", b'\x08\0\0\0\0\0\0\0{"a":1} ', b"no tensors at all"])
def test_a_broken_file_is_one_clear_error(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / ROUTER).write_bytes(damage)
    with pytest.raises(ModelError, match=r"router\.safetensors cannot be read") as error:
        Router.beside(tmp_path)
    assert error.value.hint == "download the checkpoint again"


def test_a_reply_leans_to_the_likely_where_replies_part_and_nowhere_else() -> None:
    odds = Odds({"set_timer": 0.6, "set_alarm_clock": 0.2, "fly": 0.1}, {"Hello.": 0.1})
    every = beginnings(odds, "", words())
    leaning, prompt, size = Leaning(every, 1.0), torch.tensor([[5, 6]]), len(words())
    first = leaning(prompt, torch.zeros(1, size)).softmax(-1)[0]
    starts = {ids[0] for ids in every}
    assert len(starts) == 2 and float(first[list(starts)].sum()) > 0.8
    call = words().encode("<tool_call>")
    assert float(first[call[0]]) > 0.7
    made = list(next(iter(every)))
    for place in range(1, len(made)):
        scores = leaning(torch.tensor([[5, 6, *made[:place]]]), torch.zeros(1, size))
        parts = {ids[place] for ids in every if list(ids[:place]) == made[:place]}
        assert bool(scores.any()) == (len(parts) > 1)
    assert not leaning(torch.tensor([[5, 6, *made]]), torch.zeros(1, size)).any()
    assert not leaning(torch.tensor([[5, 6, 7]]), torch.zeros(1, size)).any()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory, book: Phrasebook) -> Path:
    """One that was never trained."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("checkpoint")
    pupil = Pupil(built("vit", SIZES["tiny"], words()), "vit")
    export(pupil, words(), family_of("vit"), folder, sentences(book))
    return folder


def test_an_untrained_model_calls_what_its_router_knows(checkpoint: Path, router: Router, book: Phrasebook) -> None:
    model = Vision.load(checkpoint, "cpu", "float32", limit=60, force=Held)
    assert model.guide is not None and model.guide.router is None
    sure = Router(router._scores, router.known, 1000.0)
    model.guide = Guide(model.guide.sentences, sure)
    tools = [book.tools[name].schema for name in ("look", "set_timer", "stop_watch", "list_files")]
    for said in ("set a timer for five minutes", "stop watching", "which files are in notes/"):
        asked = [Message("user", (said,))]
        [call, *_] = [reply for reply in model.reply(asked, tools) if isinstance(reply, ToolCall)]
        assert call.name == router.odds(asked, tools).choice
    asked = [Message("user", ("set a timer for five minutes",))]
    said = "".join(reply.text for reply in model.reply(asked, tools[:1]) if isinstance(reply, Delta))
    assert said.strip() == NO_TOOL
