"""A shelf: many requests to one and the same list of tools."""

from __future__ import annotations

from random import Random

import pytest

from assistant.training.dialogs import Dialog, Dialogs
from assistant.training.language import NO_TOOL
from assistant.training.phrasebook import Phrasebook
from assistant.training.shelf import Shelf
from assistant.types import ToolCall


@pytest.fixture(scope="module")
def book() -> Phrasebook:
    return Phrasebook()


@pytest.fixture(scope="module")
def shelves(book: Phrasebook) -> list[list[Dialog]]:
    """The conversations of some shelves: whole ones and openings."""
    made = []
    for seed in range(40):
        rng = Random(seed)
        dialogs = Dialogs(Shelf(book, rng))
        make = dialogs.dialog if seed % 2 else dialogs.opening
        made.append([make(rng, "train") for _ in range(8)])
    return made


def calls(dialog: Dialog) -> list[ToolCall]:
    return [part for message in dialog.messages for part in message.parts if isinstance(part, ToolCall)]


def test_all_conversations_of_a_shelf_are_offered_the_same_tools_in_the_same_order(
    shelves: list[list[Dialog]],
) -> None:
    assert all(dialog.tools == each[0].tools for each in shelves for dialog in each)
    assert all(len(each[0].tools) >= 15 for each in shelves)
    assert len({tuple(tool.name for tool in each[0].tools) for each in shelves}) == len(shelves)


def test_only_what_lies_on_the_shelf_is_called(shelves: list[list[Dialog]]) -> None:
    for each in shelves:
        names = {tool.name for tool in each[0].tools}
        assert all(call.name in names for dialog in each for call in calls(dialog))


def test_what_a_shelf_lacks_is_asked_for_and_told(shelves: list[list[Dialog]], book: Phrasebook) -> None:
    refused = [d for each in shelves for d in each if NO_TOOL in d.messages[-1].parts and d.kind != "unknown"]
    asked = {dialog.kind for dialog in refused}
    assert 0.05 < len(refused) / 320 < 0.35
    assert any(kind in book.tools for kind in asked) and any(kind.startswith("invented") for kind in asked)


def test_an_opening_ends_with_the_first_reply(shelves: list[list[Dialog]]) -> None:
    for each in shelves[::2]:
        for dialog in each:
            assert [message.role for message in dialog.messages] == ["user", "assistant"]


def test_made_up_tools_lie_beside_the_real_ones(shelves: list[list[Dialog]], book: Phrasebook) -> None:
    made_up = [any(tool.name not in book.tools for tool in each[0].tools) for each in shelves]
    assert 5 < sum(made_up) < 35
    assert any(call.name not in book.tools for each in shelves for dialog in each for call in calls(dialog))
