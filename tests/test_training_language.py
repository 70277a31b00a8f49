"""Requests in plain language: enough phrases, each with the right calls, none of them from beyond its split."""

from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from assistant import wiring
from assistant.errors import AssistantError
from assistant.training import slips
from assistant.training.attachments import attachment
from assistant.training.language import NO_TOOL, Language, Request
from assistant.training.offers import Tool
from assistant.training.phrasebook import SLOT, Phrase, Phrasebook
from assistant.training.vocabulary import Vocabulary, in_words, plural

TOOLS = Path(__file__).parent.parent.parent / "shared" / "TOOLS.md"
MANY = 2500


@pytest.fixture(scope="module")
def book() -> Phrasebook:
    return Phrasebook()


@pytest.fixture(scope="module")
def language(book: Phrasebook) -> Language:
    return Language(book)


@pytest.fixture(scope="module", params=["train", "test"])
def requests(request: Any, language: Language) -> list[Request]:
    return list(islice(language.requests(7, request.param), MANY))


def every(book: Phrasebook) -> list[Phrase]:
    own = [phrase for intent in book.intents for phrase in book.phrases(intent)]
    return own + [phrase for family in book.families() for phrase in family.phrases]


# The phrases


def test_there_are_enough_phrases_for_every_tool_and_every_other_intent(book: Phrasebook) -> None:
    assert sum(len(book.phrases(intent)) for intent in book.intents) >= 1500
    assert set(book.tools) <= set(book.intents)
    few = {intent: len(book.phrases(intent)) for intent in book.intents if len(book.phrases(intent)) < 25}
    assert few == {}


def test_no_phrase_stands_twice(book: Phrasebook) -> None:
    spelled = Counter(
        (
            " ".join(SLOT.sub("{}", phrase.text).lower().split()).rstrip(" .?!"),
            phrase.intent,
            phrase.after,
            phrase.media,
        )
        for phrase in every(book)
    )
    assert {key: number for key, number in spelled.items() if number > 1} == {}


def test_the_same_words_never_ask_for_different_tools(book: Phrasebook) -> None:
    asked: dict[tuple[str, str], set[str]] = {}
    for phrase in every(book):
        if phrase.intent in book.tools:
            for medium in phrase.media:
                asked.setdefault((phrase.text.lower(), medium), set()).add(phrase.intent)
    assert {key: tools for key, tools in asked.items() if len(tools) > 1} == {}


def test_made_up_tools_are_many_and_each_family_is_asked_for_in_ten_ways(book: Phrasebook) -> None:
    families = book.families()
    assert len({tool.name for family in families for tool in family.tools}) >= 60
    assert all(len(family.phrases) >= 10 for family in families)
    assert not {tool.name for family in families for tool in family.tools} & set(book.tools)
    for family in families:
        for tool, wish in zip(family.tools, family.wishes, strict=True):
            needed = {slot for _, value in wish.arguments for slot in SLOT.findall(value)}
            assert wish.tool == tool.name and all(needed <= set(phrase.slots) for phrase in family.phrases), tool.name


def test_a_fifth_to_a_sixth_of_each_intent_is_held_out(book: Phrasebook) -> None:
    phrases = every(book)
    assert 0.16 <= sum(book.split(phrase) == "test" for phrase in phrases) / len(phrases) <= 0.20
    for intent in book.intents:
        assert 0.14 <= len(book.phrases(intent, "test")) / len(book.phrases(intent)) <= 0.22, intent
    assert 0.14 <= len(book.families("test")) / len(book.families()) <= 0.22


def test_what_is_held_out_does_not_hang_on_the_order(book: Phrasebook) -> None:
    again = Phrasebook()
    assert [again.split(phrase) for phrase in every(again)] == [book.split(phrase) for phrase in every(book)]


# The tools


def test_the_tools_have_the_arguments_of_those_that_ship(book: Phrasebook) -> None:
    try:
        shipped = wiring.open_toolbox().schemas
    except AssistantError as error:
        pytest.skip(str(error))
    assert len(shipped) >= 10
    for each in (schema["function"] for schema in shipped):
        ours = book.tools[each["name"]].schema["function"]["parameters"]
        theirs = each["parameters"]
        assert list(ours["properties"]) == list(theirs["properties"]), each["name"]
        assert ours["required"] == theirs.get("required", []), each["name"]


def test_the_tools_are_those_that_were_agreed_on(book: Phrasebook) -> None:
    if not TOOLS.exists():
        pytest.skip("the table of tools lies beside the checkout")
    rows = [line for line in TOOLS.read_text().splitlines() if line.startswith("| ") and "[" in line]
    names = {name.strip() for row in rows for name in row.split("|")[1].partition("[")[0].split(",")}
    assert names == set(book.tools)


def test_a_tool_is_read_from_a_line() -> None:
    tool = Tool.of("cut(file, at?:number, how?:soft/hard): Cut a file.")
    function = tool.schema["function"]
    assert function["description"] == "Cut a file." and function["parameters"]["required"] == ["file"]
    assert function["parameters"]["properties"]["at"] == {"type": "number"}
    assert function["parameters"]["properties"]["how"] == {"type": "string", "enum": ["soft", "hard"]}
    with pytest.raises(ValueError, match="no tool"):
        Tool.of("nothing")


# The requests


def test_the_same_seed_makes_the_same_requests(language: Language) -> None:
    first, again = (list(islice(language.requests(3, "train"), 200)) for _ in range(2))
    assert first == again
    assert first != list(islice(language.requests(4, "train"), 200))


def test_every_slot_is_filled(requests: list[Request]) -> None:
    assert all(request.text.strip() for request in requests)
    assert not [request.text for request in requests if SLOT.search(request.text)]
    told = [str(call.arguments) for request in requests for call in request.calls]
    assert not [text for text in told if SLOT.search(text)]


def test_every_call_is_of_an_offered_tool_with_its_own_arguments(requests: list[Request]) -> None:
    for request in requests:
        offered = {tool.name: tool for tool in request.tools}
        assert len(offered) == len(request.tools)
        for call in request.calls:
            tool = offered[call.name]
            assert tool.required <= set(call.arguments) <= set(tool.types), (request.text, call)
            assert list(call.arguments) == [name for name in tool.types if name in call.arguments]


def test_arguments_have_the_type_that_the_tool_wants(requests: list[Request]) -> None:
    kinds = {"number": (int, float), "integer": int, "list": list, "box": list, "object": dict}
    for request in requests:
        offered = {tool.name: tool for tool in request.tools}
        for call in request.calls:
            for name, value in call.arguments.items():
                kind = offered[call.name].types[name]
                assert isinstance(value, kinds.get(kind, str)), (request.text, call)
                if "/" in kind:
                    assert value in kind.split("/")


def test_copied_arguments_stand_in_the_request(requests: list[Request]) -> None:
    for request in requests:
        sources = [each.source for each in request.attachments]
        offered = {tool.name: tool for tool in request.tools}
        for call in request.calls:
            for name, value in call.arguments.items():
                if not isinstance(value, str) or not value or "/" in offered[call.name].types[name]:
                    continue
                path = value.rpartition("#")[0] if value not in request.text and "#" in value else value
                known = path in request.text or path in sources or value in sources or path.startswith("camera")
                assert known, (request.text, call)


def test_a_request_has_calls_or_a_reply(requests: list[Request]) -> None:
    assert all(bool(request.calls) != bool(request.reply) for request in requests)


def test_requests_are_of_the_split_they_were_asked_for(language: Language, book: Phrasebook) -> None:
    known = {(phrase.intent, phrase.text): book.split(phrase) for phrase in every(book)}
    apart = {f"invented {family.name}" for family in book.families("test")}
    for request in islice(language.requests(1, "train"), MANY):
        assert known[request.phrase.intent, request.phrase.text] == "train" and request.intent not in apart
    for request in islice(language.requests(1, "test"), MANY):
        assert known[request.phrase.intent, request.phrase.text] == "test" or request.intent in apart


def test_a_missing_tool_is_told_in_its_share(language: Language, book: Phrasebook) -> None:
    asked = [r for r in islice(language.requests(2, "train"), MANY) if r.phrase.wishes and r.intent != "no_media"]
    missing = [request for request in asked if request.reply == NO_TOOL]
    assert 0.1 < len(missing) / len(asked) < 0.16
    for request in missing:
        assert not {wish.tool for wish in request.phrase.wishes} & {tool.name for tool in request.tools}


def test_what_is_not_attached_is_missed(language: Language, book: Phrasebook) -> None:
    phrase = next(p for p in book.phrases("find_motion") if p.text == "what moves")
    said = [language.ask(phrase, Random(number)) for number in range(400)]
    missed = [request for request in said if request.intent == "no_media"]
    assert missed and all(request.reply.startswith("I have no video.") for request in missed)
    assert all(each.kind != "video" for request in missed for each in request.attachments)


def test_a_part_of_a_file_is_named_in_the_source(language: Language, book: Phrasebook) -> None:
    phrase = next(p for p in book.phrases("read_text") if p.text == "read the text at {moment}")
    request = next(r for r in (language.ask(phrase, Random(n)) for n in range(9)) if r.calls)
    assert request.calls[0].arguments["source"].startswith(f"{request.attachments[0].source}#t=")


def test_requests_are_made_fast_enough_to_train_on(language: Language) -> None:
    from time import process_time

    begun = process_time()
    assert len(list(islice(language.requests(5, "train"), 1000))) == 1000
    assert process_time() - begun < 3


# Slips and words


def test_what_was_heard_has_no_capitals_and_no_punctuation() -> None:
    heard = slips.slipped("Please, read the sign. What does it say?", "spoken", Random(1))
    assert heard == heard.lower() and not set(heard) & set(".,?!")


def test_slips_are_seldom_enough_to_be_understood() -> None:
    text = "read the text on the sign and tell me which words are there"
    same = [word in text.split() for n in range(200) for word in slips.slipped(text, "spoken", Random(n)).split()]
    assert 0.85 < sum(same) / len(same) < 0.99


def test_a_plain_manner_changes_nothing() -> None:
    assert slips.slipped("What's that?", "plain", Random(0)) == "What's that?"
    assert slips.value("Dr Novak", "plain") == "Dr Novak" and slips.value("Dr Novak", "small") == "dr novak"


@pytest.mark.parametrize(("number", "words"), [(0, "zero"), (13, "thirteen"), (40, "forty"), (21, "twenty one"),
                                               (305, "three hundred and five")])  # fmt: skip
def test_numbers_in_words(number: int, words: str) -> None:
    assert in_words(number) == words


@pytest.mark.parametrize(("one", "many"), [("cup", "cups"), ("box>boxes", "boxes"), ("bench", "benches"),
                                           ("berry", "berries"), ("key", "keys")])  # fmt: skip
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many


def test_times_mean_what_they_say(book: Phrasebook) -> None:
    vocabulary = Vocabulary(book.lists)
    drawn = {(d.text, d.value) for n in range(4000) for d in [vocabulary.draw("duration", Random(n))]}
    meant = dict(drawn)
    assert meant["half an hour"] == 1800 and meant["10 minutes"] == 600 and meant["ninety seconds"] == 90


def test_a_headline_names_the_kind_and_the_size(book: Phrasebook) -> None:
    made = attachment("video", Random(1), Vocabulary(book.lists))
    assert made.headline == (f"[attachment: {made.source} | video {made.width}x{made.height}, {made.seconds:g} s]")
