"""The shelf: what was read is kept within bounds, goes with the conversations, and fails as a miss."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import apsw
import numpy as np
import pytest

from assistant.__main__ import main
from assistant.errors import StoreError
from assistant.protocols import Shelf
from assistant.store import KeptHearing, KeptReadings, Store
from assistant.store.database import Database
from assistant.types import Sound, Utterance, Word
from assistant.wiring import open_store

CANARY = "zyxcanaryqvw"


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vireo" / "conversations.db"


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_a_reading_comes_back_in_a_later_process(path: Path) -> None:
    store = Store(path)
    assert isinstance(store.shelf, Shelf)
    store.shelf.keep("digest:words", {"lines": ["Où?", 1, None, 0.5]})
    store.close()
    assert Store(path).shelf.kept("digest:words") == {"lines": ["Où?", 1, None, 0.5]}


def test_what_was_never_kept_is_a_miss() -> None:
    assert Store(None).shelf.kept("nothing") is None


def test_a_reading_is_replaced_by_a_newer_one() -> None:
    shelf = Store(None).shelf
    shelf.keep("key", 1)
    shelf.keep("key", [2])
    assert shelf.kept("key") == [2]
    assert shelf.size() == (1, len("key[2]"))


def test_the_least_recently_used_goes_when_there_is_no_room() -> None:
    shelf = KeptReadings(Database(None, 1.0), most=100, clock=Clock())
    for key in "abcde":
        shelf.keep(key, "x" * 16)
    assert shelf.kept("a") == "x" * 16
    shelf.keep("f", "x" * 16)
    assert [key for key in "abcdef" if shelf.kept(key)] == ["a", "c", "d", "e", "f"]
    assert shelf.size() == (5, 95)


def test_what_was_not_used_for_long_goes() -> None:
    clock = Clock()
    shelf = KeptReadings(Database(None, 1.0), days=1.0, clock=clock)
    shelf.keep("old", 1)
    clock.now += 86_400
    assert shelf.kept("old") is None
    shelf.keep("new", 1)
    assert shelf.size()[0] == 1


def test_what_is_too_large_is_not_kept_and_makes_nothing_go() -> None:
    shelf = KeptReadings(Database(None, 1.0), largest=50)
    shelf.keep("small", 1)
    shelf.keep("large", "x" * 60)
    assert shelf.kept("large") is None and shelf.kept("small") == 1


def test_what_is_no_json_value_is_the_callers_mistake() -> None:
    with pytest.raises(TypeError):
        Store(None).shelf.keep("key", {"a": object()})


@pytest.mark.parametrize("key", ["\ud800", "a\0b", "'; DROP TABLE reading; --", ""])
def test_any_text_is_a_key(key: str) -> None:
    shelf = Store(None).shelf
    shelf.keep(key, 7)
    assert shelf.kept(key) == 7


def test_a_busy_shelf_is_a_miss_and_then_works_again(path: Path) -> None:
    store = Store(path, patience=0.05)
    store.shelf.keep("before", 1)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    store.shelf.keep("meanwhile", 2)
    assert store.shelf.kept("before") == 1
    other.execute("COMMIT")
    other.close()
    assert store.shelf.kept("meanwhile") is None
    store.shelf.keep("after", 3)
    assert store.shelf.kept("after") == 3


def test_a_damaged_shelf_is_a_miss(path: Path) -> None:
    store = Store(path)
    for number in range(300):
        store.shelf.keep(f"key{number}", "x" * 1000)
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: 4096 * 12] + b"\xa5" * (len(whole) - 4096 * 12))
    damaged = Store(path).shelf
    assert not any(damaged.kept(f"key{number}") for number in range(100, 200))
    damaged.keep("key", 1)


def test_a_value_of_another_hand_is_a_miss(path: Path) -> None:
    store = Store(path)
    store.shelf.keep("key", 1)
    other = apsw.Connection(str(path))
    other.execute("UPDATE reading SET value = '{not json'")
    other.close()
    assert store.shelf.kept("key") is None


def test_a_closed_shelf_is_a_miss(path: Path) -> None:
    store = Store(path)
    store.shelf.keep("key", 1)
    store.close()
    store.shelf.keep("other", 1)
    assert store.shelf.kept("key") is None


def test_a_store_without_a_file_keeps_readings_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shelf = Store(None).shelf
    shelf.keep("key", CANARY)
    assert shelf.kept("key") == CANARY and list(tmp_path.iterdir()) == []


def test_what_another_edition_has_read_is_not_found(path: Path) -> None:
    store = Store(path, edition="1")
    store.shelf.keep("key", "old")
    store.close()
    newer = Store(path, edition="2")
    assert newer.shelf.kept("key") is None
    newer.close()
    assert Store(path, edition="1").shelf.kept("key") == "old"


def test_nothing_that_was_read_stays_when_a_conversation_is_deleted(path: Path) -> None:
    store = Store(path)
    conversation = store.begin()
    store.open_turn(conversation, {"text": "What does it say?"})
    for number in range(50):
        store.shelf.keep(f"{CANARY}{number}", [f"{CANARY} " * 200])
    assert CANARY.encode() in bytes_of(path.parent)
    store.delete(conversation)
    assert CANARY.encode() not in bytes_of(path.parent)
    assert store.shelf.size() == (0, 0)


def test_nothing_stays_when_the_shelf_is_cleared(path: Path) -> None:
    store = Store(path)
    store.remember("a note stays")
    store.shelf.keep(CANARY, CANARY * 5000)
    store.shelf.clear()
    assert CANARY.encode() not in bytes_of(path.parent)
    assert store.recall("note")[0].text == "a note stays"


def test_clearing_says_so_when_another_process_still_reads_the_old_pages(path: Path) -> None:
    store = Store(path, patience=0.05)
    store.shelf.keep("key", CANARY)
    reader = apsw.Connection(str(path))
    reader.execute("BEGIN; SELECT * FROM reading").fetchall()
    with pytest.raises(StoreError, match="still"):
        store.shelf.clear()
    reader.close()
    store.close()
    assert CANARY.encode() not in bytes_of(path.parent)


def test_the_user_can_see_and_clear_the_shelf(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home.parent)
    with closing(open_store()) as store:
        store.shelf.keep("key", CANARY)
    assert main(["history", "clear-readings"]) == 0
    assert "forgotten: 1 readings" in capsys.readouterr().err
    assert not any(CANARY.encode() in file.read_bytes() for file in home.rglob("*") if file.is_file())


# Ears that remember


class Ears:
    """Says one word, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def transcribe(self, sound: Sound, phrases: Sequence[str] = ()) -> Utterance:
        self.asked += 1
        return Utterance("hello", sound.at, sound.until, words=(Word("hello", sound.at + 0.25, sound.at + 0.5),))

    def label(self) -> str:
        return "ears"


def test_what_was_heard_is_not_listened_to_again_and_has_the_times_of_the_sound() -> None:
    ears, shelf = Ears(), Store(None).shelf
    samples = np.ones(16_000, np.float32)
    first = KeptHearing(ears, shelf).transcribe(Sound(samples, at=2.0))
    again = KeptHearing(ears, shelf).transcribe(Sound(samples.copy(), at=10.0))
    assert ears.asked == 1 and first.words == (Word("hello", 2.25, 2.5),)
    assert again == Utterance("hello", 10.0, 11.0, words=(Word("hello", 10.25, 10.5),))


def test_other_samples_phrases_or_ears_are_listened_to() -> None:
    ears, shelf = Ears(), Store(None).shelf
    hearing, sound = KeptHearing(ears, shelf), Sound(np.ones(16_000, np.float32))
    hearing.transcribe(sound)
    hearing.transcribe(Sound(np.zeros(16_000, np.float32)))
    hearing.transcribe(sound, ["hello"])
    ears.label = lambda: "other ears"  # type: ignore[method-assign]
    hearing.transcribe(sound)
    assert ears.asked == 4


@pytest.mark.parametrize("damaged", [1, {"text": "x"}, {"words": [1]}, []])
def test_a_damaged_reading_is_heard_again(damaged: object) -> None:
    ears, shelf = Ears(), Odd(damaged)
    assert KeptHearing(ears, shelf).transcribe(Sound(np.ones(100, np.float32))).text == "hello"


class Odd:
    """A shelf that has the same value for every key."""

    def __init__(self, value: object) -> None:
        self._value = value

    def kept(self, key: str) -> object:
        return self._value

    def keep(self, key: str, value: object) -> None: ...
