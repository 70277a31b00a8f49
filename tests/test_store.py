"""The store: what is acknowledged is kept, what is deleted is gone."""

import json
import resource
import stat
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest

from assistant.errors import StoreError
from assistant.store import Store
from assistant.types import Note

HERE = Path(__file__).parent
CANARY = "zyxcanaryqvw"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vireo" / "conversations.db"


def asked(store: Store, question: str, answer: str, conversation: str = "") -> str:
    conversation = conversation or store.begin()
    turn = store.open_turn(conversation, {"text": question})
    store.close_turn(turn, "done", {"answer": answer, "messages": [], "events": []})
    return conversation


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def in_another_process(code: str, *arguments: object) -> str:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=HERE.parent)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


# Turns


def test_a_turn_comes_back_as_it_was_stored(path: Path) -> None:
    question = {"text": "Où est ma clé? \ud800", "since": float("inf"), "attachments": ["a.png"]}
    record = {"answer": "Là\x00.", "messages": [{"role": "user"}], "events": [1, None]}
    store = Store(path)
    conversation = store.begin()
    turn = store.open_turn(conversation, question)
    store.close_turn(turn, "stopped", record)
    store.close()
    (stored,) = Store(path).turns(conversation)
    assert (stored.id, stored.state, stored.question, stored.record) == (turn, "stopped", question, record)


def test_a_turn_left_open_by_a_kill_is_interrupted(path: Path) -> None:
    store = Store(path)
    conversation = store.begin()
    store.open_turn(conversation, {"text": "Still there?"})
    assert [turn.state for turn in store.turns(conversation)] == ["open"]
    code = "import sys; from pathlib import Path; from assistant.store import Store\n"
    code += "print(*[turn.state for turn in Store(Path(sys.argv[1])).turns(sys.argv[2])])"
    assert in_another_process(code, path, conversation).split() == ["interrupted"]


def test_a_store_in_memory_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store(None)
    conversation = asked(store, "What?", "That.")
    assert store.turns(conversation)[0].record["answer"] == "That."
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_stored_leaves_the_store_as_it_was(path: Path) -> None:
    store = Store(path)
    conversation = store.begin()
    with pytest.raises(TypeError):
        store.open_turn(conversation, {"text": "x", "frame": object()})
    with pytest.raises(StoreError, match="no such conversation"):
        store.open_turn("nowhere", {"text": "x"})
    asked(store, "Now?", "Yes.", conversation)
    assert [turn.question["text"] for turn in store.turns(conversation)] == ["Now?"]


def test_a_turn_of_a_deleted_conversation_cannot_be_closed(path: Path) -> None:
    store = Store(path)
    conversation = store.begin()
    turn = store.open_turn(conversation, {"text": "x"})
    store.delete(conversation)
    with pytest.raises(StoreError, match="no longer stored"):
        store.close_turn(turn, "done", {"answer": "y"})


def test_only_the_user_can_read_the_file_and_its_folder(path: Path) -> None:
    asked(store := Store(path), "x", "y")
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    store.close()


# Conversations


def test_ids_are_short_sort_by_time_and_never_repeat() -> None:
    store = Store(None)
    ids = [store.begin() for _ in range(300)]
    assert ids == sorted(set(ids))
    assert all(len(each) == 9 and each.isalnum() for each in ids)


def test_sessions_are_those_with_turns_the_latest_first(path: Path) -> None:
    store = Store(path)
    first = asked(store, "Who is\nit?", "Me.")
    second = asked(store, "And who?", "You.")
    store.begin("nothing asked yet")
    asked(store, "Again?", "Me.", first)
    assert [(each.id, each.title, each.turns) for each in store.sessions()] == [
        (first, "Who is it?", 2),
        (second, "And who?", 1),
    ]
    assert store.newest() == first
    assert [each.id for each in store.sessions(1)] == [first]


def test_an_empty_store_has_no_newest_conversation() -> None:
    assert Store(None).newest() is None


def test_a_conversation_is_found_by_the_beginning_of_its_id(path: Path) -> None:
    store = Store(path)
    first, second = store.begin("one"), store.begin("two")
    for conversation in (first, second):
        store.open_turn(conversation, {"text": "x"})
    assert store.find(first) == first and store.begin("nothing asked yet")[:3] == first[:3]
    with pytest.raises(StoreError, match=f"several.*{second} .two., {first} .one."):
        store.find(first[:3])
    for prefix in ("%", ""):
        with pytest.raises(StoreError, match="no conversation"):
            store.find(prefix)
    store.delete(second)
    assert store.find(first[:2]) == first


def test_a_conversation_can_be_renamed(path: Path) -> None:
    store = Store(path)
    conversation = asked(store, "x", "y")
    store.rename(conversation, "The\x1b[31m keys")
    assert store.sessions()[0].title == "The keys"
    with pytest.raises(StoreError):
        store.rename("nowhere", "x")


def test_an_export_holds_everything_as_plain_values(path: Path) -> None:
    store = Store(path)
    conversation = asked(store, "Why?", "Because.")
    plain = json.loads(json.dumps(store.export(conversation)))
    assert (plain["id"], plain["title"]) == (conversation, "Why?")
    assert plain["turns"][0]["question"] == {"text": "Why?"}
    assert plain["turns"][0]["record"]["answer"] == "Because."
    with pytest.raises(StoreError):
        store.export("nowhere")


# Words


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ("The red kettle is on the stove.", "kettle STOVE"),
        ("The red kettle", "kett"),
        ("Das Café hat geöffnet", "cafe"),
        ("鍵は青い箱の中にあります", "青い箱"),
        ("กุญแจอยู่บนโต๊ะ", "โต๊ะ"),
        ("नमस्ते दुनिया", "दुनिया"),
        ("Ключи лежат на столе", "столе"),
        ("المفاتيح على الطاولة", "الطاولة"),
    ],
)
def test_words_of_an_answer_are_found_in_many_scripts(stored: str, words: str) -> None:
    store = Store(None)
    conversation = asked(store, "Where?", stored)
    asked(store, "Who?", "Nobody at all.")
    assert [(session.id, snippet) for session, snippet in store.search(words)] == [(conversation, stored)]


def test_every_word_must_stand_in_what_is_found() -> None:
    store = Store(None)
    asked(store, "Where is the kettle?", "On the stove.")
    assert store.search("kettle fridge") == ()
    assert store.search("") == store.search("?!") == ()


def test_each_conversation_is_found_once_and_notes_beside_them() -> None:
    store = Store(None)
    conversation = asked(store, "kettle", "kettle kettle")
    asked(store, "the kettle again", "yes", conversation)
    store.remember("buy a kettle")
    found = store.search("kettle")
    assert [(session.id, session.turns) for session, _ in found] == [(conversation, 2), ("", 0)]
    assert found[1][1] == "buy a kettle"


@pytest.mark.parametrize(
    "words", ['"', "a OR", "NEAR(", "a* ^b", "question:x", "-x", "(", "'; --", "\x00", "\ud800", "{}"]
)
def test_no_words_of_the_user_are_a_syntax_error(words: str) -> None:
    store = Store(None)
    asked(store, "Anything", "at all")
    assert isinstance(store.search(words), tuple)
    assert isinstance(store.recall(words), tuple)


# Notes


def test_a_note_is_recalled_by_any_of_its_words_best_first() -> None:
    store = Store(None)
    asked(store, "Where are the scissors?", "I cannot see them.")
    drawer = store.remember("The scissors are in the kitchen drawer", picture="drawer.png")
    store.remember("The dentist is on Monday")
    first, second = store.recall("in which drawer are scissors")
    assert first == drawer
    assert first.source == "drawer.png"
    assert second.text == "Where are the scissors?\nI cannot see them."
    assert second.source.startswith("conversation ")


def test_without_words_the_newest_comes_first() -> None:
    store = Store(None)
    notes = [store.remember(f"note {number}") for number in range(3)]
    assert store.recall(" ") == tuple(reversed(notes))
    assert store.recall("", until=notes[0].at) == (notes[0],)
    assert store.recall("note", since=notes[2].at) == (notes[2],)


def test_the_question_being_asked_is_not_a_memory_of_itself() -> None:
    store = Store(None)
    conversation = asked(store, "My keys are red", "Noted.")
    store.open_turn(conversation, {"text": "Which colour are my keys?"})
    assert [note.text for note in store.recall("my keys")] == ["My keys are red\nNoted."]


# Forgetting


def fragments(text: str) -> list[bytes]:
    return [text[begin : begin + 8].encode() for begin in range(len(text) - 7)]


def fill(store: Store, turns: int) -> None:
    for number in range(turns):
        asked(store, f"filler{number} question", f"filler{number} " + "answer " * 50)


@pytest.mark.parametrize("turns", [0, 150])
def test_nothing_of_a_deleted_conversation_stays_on_the_disk(path: Path, turns: int) -> None:
    store = Store(path)
    fill(store, turns)
    doomed = asked(store, f"first {CANARY}", f"{CANARY} " * 900)
    asked(store, f"{CANARY}7 more", "x", doomed)
    store.rename(doomed, f"about {CANARY}")
    fill(store, turns)
    assert CANARY.encode() in bytes_of(path.parent)
    store.delete(doomed)
    left = bytes_of(path.parent)
    assert not [piece for piece in fragments(CANARY) if piece in left]
    assert store.search("filler7") or not turns
    with pytest.raises(StoreError):
        store.delete(doomed)


def test_nothing_of_a_forgotten_note_stays_on_the_disk(path: Path) -> None:
    store = Store(path)
    kept = store.remember("keep this")
    note = store.remember(f"my secret is {CANARY}")
    store.forget(note)
    assert CANARY.encode() not in bytes_of(path.parent)
    assert store.recall("") == (kept,)
    with pytest.raises(StoreError, match="no such note"):
        store.forget(Note("never", 0.0))


def test_deletion_says_so_when_another_process_still_reads_the_old_pages(path: Path) -> None:
    store = Store(path, patience=0.05)
    doomed = asked(store, CANARY, "x")
    reader = apsw.Connection(str(path))
    reader.execute("BEGIN; SELECT * FROM turn").fetchall()
    with pytest.raises(StoreError, match="still"):
        store.delete(doomed)
    reader.close()
    store.close()
    assert CANARY.encode() not in bytes_of(path.parent)


# Files of other times and minds


def version_1(path: Path) -> None:
    path.parent.mkdir()
    old = apsw.Connection(str(path))
    old.execute(
        """
        CREATE TABLE conversation(id TEXT PRIMARY KEY, title TEXT NOT NULL, updated REAL NOT NULL);
        CREATE TABLE turn(id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
            at REAL NOT NULL, state TEXT NOT NULL, question TEXT NOT NULL, record TEXT NOT NULL);
        CREATE INDEX turn_conversation ON turn(conversation, id);
        INSERT INTO conversation VALUES('0abc', 'old', 5.0);
        INSERT INTO turn VALUES(1, '0abc', 4.0, 'done', '{"text": "Where is the 箱?"}', '{"answer": "In the cellar"}');
        INSERT INTO turn VALUES(2, '0abc', 5.0, 'open', '{"text": "Sure?", "until": Infinity}', '{}');
        PRAGMA user_version = 1;
        """
    )
    old.close()


def test_a_file_of_version_1_is_brought_up_to_date(path: Path) -> None:
    version_1(path)
    store = Store(path)
    assert [turn.state for turn in store.turns("0abc")] == ["done", "interrupted"]
    assert [session.id for session, _ in store.search("cellar")] == ["0abc"]
    assert [session.id for session, _ in store.search("箱")] == ["0abc"]
    assert store.remember("new").text == "new"
    assert asked(store, "x", "y") > "0abc"


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    Store(path).close()
    newer = apsw.Connection(str(path))
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer Vireo") as caught:
        Store(path)
    assert caught.value.hint
    assert path.read_bytes() == before


def test_a_file_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    other = apsw.Connection(str(path))
    other.execute("CREATE TABLE recipe(name)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Store(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_one_clear_error(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, just words\n" * 400)
    with pytest.raises(StoreError, match="not a Vireo store") as caught:
        Store(path)
    assert caught.value.hint


def test_a_damaged_file_is_one_clear_error(path: Path) -> None:
    fill(store := Store(path), 60)
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
    with pytest.raises(StoreError, match="damaged"):
        Store(path).sessions()


@pytest.mark.parametrize("name", ["file/below/x.db", "folder"])
def test_a_place_that_cannot_hold_the_file_is_one_clear_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        Store(tmp_path / name)
    assert caught.value.hint


def test_a_busy_file_is_one_clear_error_and_then_works_again(path: Path) -> None:
    store = Store(path, patience=0.05)
    conversation = store.begin()
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="busy"):
        store.open_turn(conversation, {"text": "x"})
    other.execute("COMMIT")
    other.close()
    assert asked(store, "x", "y", conversation)


def test_a_full_disk_is_one_clear_error_and_loses_nothing(path: Path) -> None:
    resource_limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, {resource.RLIM_INFINITY}))"
    code = f"""
import resource, sys
from pathlib import Path
from assistant.errors import StoreError
from assistant.store import Store
store = Store(Path(sys.argv[1]))
conversation = store.begin()
store.open_turn(conversation, {{"text": "before"}})
{resource_limit}
try:
    store.open_turn(conversation, {{"text": "x" * 300_000}})
except StoreError as error:
    print(error, "|", error.hint)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.open_turn(conversation, {{"text": "after"}})
print(*[turn.question["text"] for turn in store.turns(conversation)])
"""
    told, texts = in_another_process(code, path).splitlines()
    assert "cannot be read or written" in told
    assert texts == "before after"


def test_a_closed_store_is_one_clear_error() -> None:
    store = Store(None)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.sessions()


# Many hands


def test_threads_share_one_store() -> None:
    store = Store(None)
    conversation = store.begin()
    threads = [
        threading.Thread(target=lambda: [asked(store, "x", "y", conversation) for _ in range(40)]) for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert len(store.turns(conversation)) == 160
    assert {turn.state for turn in store.turns(conversation)} == {"done"}


def test_two_processes_write_one_file_at_once(path: Path) -> None:
    code = """
import sys
from pathlib import Path
from assistant.store import Store
print("ready", flush=True)
sys.stdin.readline()
store = Store(Path(sys.argv[1]))
conversation = store.begin(sys.argv[2])
for number in range(60):
    store.close_turn(store.open_turn(conversation, {"text": f"{number}"}), "done", {"answer": sys.argv[2]})
print(conversation)
"""
    command = [sys.executable, "-c", code, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen([*command, name], cwd=HERE.parent, **pipes) for name in ("one", "two")]
    for each in both:
        assert each.stdout.readline() == "ready\n"
    for each in both:
        each.stdin.write("\n")
        each.stdin.flush()
    ids = [each.communicate(timeout=60) for each in both]
    assert [errors for _, errors in ids] == ["", ""]
    store = Store(path)
    assert {session.title for session in store.sessions()} == {"one", "two"}
    for conversation, _ in ids:
        numbers = [turn.question["text"] for turn in store.turns(conversation.strip())]
        assert numbers == [str(number) for number in range(60)]


def lost_by(kills: int, folder: Path, seed: int) -> dict[str, object]:
    command = [sys.executable, str(HERE / "kill_writers.py"), str(folder), str(kills), str(seed)]
    environment = {"PYTHONPATH": str(HERE.parent), "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_no_acknowledged_turn_is_lost_by_300_kills_of_two_writers(tmp_path: Path) -> None:
    tally = lost_by(300, tmp_path, seed=1)
    assert tally["kills"] >= 300
    assert tally["acknowledged"] > 300
    assert (tally["lost"], tally["half"], tally["damaged"]) == ([], [], [])


@pytest.mark.long
def test_no_acknowledged_turn_is_lost_by_5000_kills_of_two_writers(tmp_path: Path) -> None:
    tally = lost_by(5000, tmp_path, seed=2)
    assert tally["kills"] >= 5000
    assert (tally["lost"], tally["half"], tally["damaged"]) == ([], [], [])


def test_many_may_be_the_first_to_open_a_file_at_once(tmp_path: Path) -> None:
    failures: list[str] = []

    def begin(path: Path, together: threading.Barrier) -> None:
        together.wait(10)
        try:
            store = Store(path)
            asked(store, "x", "y")
            store.close()
        except StoreError as error:
            failures.append(str(error))

    for number in range(15):
        together = threading.Barrier(4)
        path = tmp_path / str(number) / "conversations.db"
        threads = [threading.Thread(target=begin, args=(path, together)) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        assert len(Store(path).sessions()) == 4 - len(failures)
    assert failures == []
