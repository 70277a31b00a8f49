"""Kills pairs of processes while they store turns, and counts what was acknowledged, lost or left half.

Run as ``python kill_writers.py FOLDER KILLS SEED``; prints one JSON object.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NoReturn

import apsw

from assistant.errors import AssistantError
from assistant.store import Store

ROUNDS_A_FILE = 30


@dataclass
class Tally:
    kills: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def question(number: int) -> dict[str, object]:
    return {"text": f"asked{number} " + "why " * (number % 700)}


def record(number: int) -> dict[str, object]:
    steps = number % 7 + 1
    return {"answer": f"because{number}", "messages": ["x" * 400] * steps, "events": [number] * steps}


def write(path: Path, pipe: int) -> NoReturn:
    """Store turns until killed; tell of each step after it was committed."""
    store = Store(path)
    conversation, number = store.begin(), 0
    while True:
        number += 1
        turn = store.open_turn(conversation, question(number))
        os.write(pipe, f"{json.dumps([conversation, turn, number, 'interrupted'])}\n".encode())
        store.close_turn(turn, "done", record(number))
        os.write(pipe, f"{json.dumps([conversation, turn, number, 'done'])}\n".encode())


def started(path: Path) -> tuple[int, int]:
    """A writing process, and the pipe it acknowledges through."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        try:
            write(path, writing)
        except AssistantError:
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(writing)
    return process, reading


def killed(process: int, pipe: int) -> list[list[object]]:
    """End a process; what it had acknowledged."""
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    if not os.WIFSIGNALED(status):
        raise SystemExit("a writer ended by itself")
    with os.fdopen(pipe, "rb") as acknowledged:
        return [json.loads(line) for line in acknowledged if line.endswith(b"\n")]


def judge(path: Path, acknowledged: list[list[object]], tally: Tally) -> None:
    """Compare what is stored with what was acknowledged."""
    last = {(conversation, turn): (number, state) for conversation, turn, number, state in acknowledged}
    store = Store(path)
    stored = {(c, turn.id): turn for c in {c for c, _ in last} for turn in store.turns(c)}
    for key, (number, state) in last.items():
        turn = stored.get(key)
        if turn is None or turn.question != question(number) or (state == "done" and turn.state != "done"):
            tally.lost.append(f"{key} {state}")
        elif turn.record != (record(number) if turn.state == "done" else {}):
            tally.half.append(f"{key} {turn.state}")
    store.close()
    tally.acknowledged += len(acknowledged)


def inspect(path: Path, tally: Tally) -> None:
    """What SQLite itself says of the file, and whether each turn is in the index."""
    connection = apsw.Connection(str(path))
    if connection.pragma("integrity_check") != "ok":
        tally.damaged.append(str(path))
    connection.execute("INSERT INTO turn_words(turn_words) VALUES('integrity-check')")
    odd = connection.execute(
        "SELECT t.id FROM turn t LEFT JOIN turn_words w ON w.rowid = t.id WHERE w.question IS NULL"
        " OR (t.state = 'done') <> (w.answer <> '')"
    ).fetchall()
    tally.half += [f"not indexed: {turn}" for (turn,) in odd]
    connection.close()


def main(folder: Path, kills: int, seed: int) -> Tally:
    tally, chance = Tally(), random.Random(seed)
    while tally.kills < kills:
        path = folder / f"{tally.kills}.db"
        for _ in range(ROUNDS_A_FILE):
            pair = [started(path), started(path)]
            time.sleep(chance.uniform(0.001, 0.06))  # the moment of the kill
            judge(path, [step for one in pair for step in killed(*one)], tally)
            tally.kills += len(pair)
        inspect(path, tally)
    return tally


if __name__ == "__main__":
    print(json.dumps(asdict(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))))
