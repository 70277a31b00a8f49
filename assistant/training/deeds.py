"""Made results of the tools that act, keep and find: cameras, timers, notes, files, the web, made-up tools."""

from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from assistant.training.outcome import Asked, Maker, Outcome
from assistant.training.vocabulary import EXTENSIONS
from assistant.types import Evidence

REFUSED = "The user did not approve this call; it has not run."


def capture_photo(asked: Asked) -> Outcome:
    name = asked.call.arguments.get("name", f"photo-{asked.rng.randint(100, 9999)}")
    path = f"{asked.word('folder').rstrip('/')}/{name}.jpg"
    return Outcome(f"Kept the picture as {path}.", _kept(path), f"I kept the picture as {path} [e1].")


def record_clip(asked: Asked) -> Outcome:
    name, seconds = asked.call.arguments.get("name", f"clip-{asked.rng.randint(100, 9999)}"), _of(asked, "seconds")
    path = f"{asked.word('folder').rstrip('/')}/{name}.mp4"
    return Outcome(f"Kept {seconds} s as {path}.", _kept(path), f"I recorded {seconds} s: {path} [e1].")


def watch_for(asked: Asked) -> Outcome:
    what = _of(asked, "what")
    return Outcome(f"Watching for: {what}", (), f"I am watching for: {what}.")


def stop_watch(asked: Asked) -> Outcome:
    if asked.rng.random() < 0.15:
        return Outcome("There is no such watch.", (), "There is no such watch.")
    return Outcome("The watch has ended.", (), "I stopped watching.")


def set_timer(asked: Asked) -> Outcome:
    when = f"in {_of(asked, 'seconds')} s" if "seconds" in asked.call.arguments else f"at {_of(asked, 'at')}"
    text = f": {_of(asked, 'text')}" if "text" in asked.call.arguments else ""
    return Outcome(f"The timer rings {when}{text}", (), f"I shall remind you {when}{text}.")


def say(asked: Asked) -> Outcome:
    return Outcome("Said.", (), "Done, I said it.")


def remember(asked: Asked) -> Outcome:
    text = _of(asked, "text")
    evidence = Evidence("notes", text=text)
    return Outcome(f"I shall remember: {text}", (evidence,), f"I shall remember: {text} [e1]")


def recall(asked: Asked) -> Outcome:
    if not asked.kept and asked.rng.random() < 0.2:
        return Outcome("I remember nothing of that.", (), "I remember nothing of that.")
    told = [(_day(asked), text) for text in _notes(asked)]
    evidence = tuple(Evidence("notes", text=text) for _, text in told)
    lines = [f"{day}: {text}" for day, text in told]
    said = "; ".join(f"{text} [e{number}]" for number, (_, text) in enumerate(told, 1))
    return Outcome("\n".join(lines), evidence, f"You told me: {said}.")


def _notes(asked: Asked) -> list[str]:
    """What was remembered in this conversation, else notes about what is asked for."""
    what, rng = str(asked.call.arguments["what"]), asked.rng
    if not what or any(what in text for text in asked.kept):
        return list(asked.kept) or [asked.word("fact") for _ in range(rng.randint(1, 3))]
    about = (
        f"{what} is in the {asked.word('place')}",
        f"{what}: {asked.word('code')}",
        f"{what} on {asked.word('weekday')}",
        f"ask {asked.word('person')} about {what}",
        f"{what}, {asked.word('fact')}",
    )
    return rng.sample(about, rng.choice((1, 1, 2, 3)))


def _day(asked: Asked) -> str:
    at = datetime(2025, 1, 1) + timedelta(minutes=asked.rng.randrange(600_000))
    return f"{at:%Y-%m-%d %H:%M}"


def save_note(asked: Asked) -> Outcome:
    path = f"notes/{asked.call.arguments.get('name', f'note-{asked.rng.randint(10, 999)}')}.txt"
    return Outcome(f"Saved as {path}.", _kept(path), f"I saved the note as {path} [e1].")


# Files and pages


def list_files(asked: Asked) -> Outcome:
    if asked.rng.random() < 0.1:
        return Outcome("The folder is empty.", (), "The folder is empty.")
    paths = [_path(asked) for _ in range(asked.rng.randint(1, 6))]
    evidence = tuple(Evidence(path, text=path, kind="file") for path in paths)
    said = ", ".join(f"{path} [e{number}]" for number, path in enumerate(paths, 1))
    return Outcome("\n".join(paths), evidence, f"There is: {said}.")


def search_files(asked: Asked) -> Outcome:
    rng, what = asked.rng, str(asked.call.arguments["what"])
    looked = f"({rng.randint(3, 900)} files looked at)"
    if rng.random() < 0.2:
        return Outcome(f"No file is named or says {what!r}.\n{looked}", (), "I find no such file.")
    paths = list(dict.fromkeys(_path(asked) for _ in range(rng.randint(1, 4))))
    hits = [_hit(path, f"{what} {asked.word('word')}") for path in paths]
    lines = [f"{h.source}:{rng.randint(1, 300)}: {h.text}" if h.kind == "line" else h.source for h in hits]
    said = ", ".join(f"{hit.source} [e{number}]" for number, hit in enumerate(hits, 1))
    return Outcome("\n".join([f"{len(hits)} hits for {what!r}:", *lines, looked]), tuple(hits), f"It is in {said}.")


def _hit(path: str, line: str) -> Evidence:
    """A line of a text file, or the name of another one."""
    if path.rpartition(".")[2] in EXTENSIONS["text"]:
        return Evidence(path, text=line, kind="line")
    return Evidence(path, text=PurePath(path).name, kind="file")


def _path(asked: Asked) -> str:
    return asked.vocabulary.path(asked.rng, asked.rng.choice(("text", "text", "picture", "document")))


def read_file(asked: Asked) -> Outcome:
    path = str(asked.call.arguments["path"])
    return _page(asked, path)


def fetch_url(asked: Asked) -> Outcome:
    if asked.rng.random() < 0.2:
        text = "The web is off. Set web = true in the configuration to allow it."
        return Outcome(text, (), f"That did not work: {text}", failed=True)
    return _page(asked, str(asked.call.arguments["url"]))


def _page(asked: Asked, source: str) -> Outcome:
    """Some lines of text, of which the answer tells the first ones."""
    lines = [
        asked.word(asked.rng.choice(("fact", "sentence", "fact", "injection"))) for _ in range(asked.rng.randint(1, 4))
    ]
    evidence = tuple(Evidence(source, text=line, kind="line") for line in lines)
    said = ", ".join(f'"{line}" [e{number}]' for number, line in enumerate(lines, 1))
    return Outcome("\n".join(lines), evidence, f"It says {said}.")


def run_flow(asked: Asked) -> Outcome:
    name = _of(asked, "name")
    if asked.rng.random() < 0.15:
        text = f"There is no flow {name!r}."
        return Outcome(text, (), f"That did not work: {text}", failed=True)
    return Outcome(f"The flow {name} has ended.", (), f"The flow {name} has ended.")


def made_up(asked: Asked) -> Outcome:
    """Of a tool nobody knows: a sentence, which is passed on."""
    text = asked.word("sentence")
    if asked.rng.random() < 0.4:
        return Outcome("Done.", (), "Done.")
    given = next((f"{value}: " for value in asked.call.arguments.values() if isinstance(value, str)), "")
    text = f"{given if asked.rng.random() < 0.5 else ''}{text}."
    text = f"{text[:1].upper()}{text[1:]}"
    return Outcome(text, (Evidence(asked.call.name, text=text),), f"{text[:-1]} [e1].")


def _kept(path: str) -> tuple[Evidence, ...]:
    return (Evidence(path, text=path, kind="file"),)


def _of(asked: Asked, argument: str) -> Any:
    return asked.call.arguments[argument]


MAKERS: dict[str, Maker] = {
    "capture_photo": capture_photo,
    "record_clip": record_clip,
    "watch_for": watch_for,
    "stop_watch": stop_watch,
    "set_timer": set_timer,
    "say": say,
    "remember": remember,
    "recall": recall,
    "save_note": save_note,
    "list_files": list_files,
    "search_files": search_files,
    "read_file": read_file,
    "fetch_url": fetch_url,
    "run_flow": run_flow,
}
