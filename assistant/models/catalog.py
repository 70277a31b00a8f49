"""The models that can be chosen: built-in, known by name, or found on this disk."""

from __future__ import annotations

import difflib
import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from assistant.errors import ModelError
from assistant.types import Profile

Kind = Literal["vision", "hearing"]

HUB = Path.home() / ".cache" / "huggingface" / "hub"
"""Where the Hugging Face libraries keep what they downloaded, unless told otherwise."""
CHECKPOINTS = Path.home() / ".cache" / "whisper"
"""Where openai-whisper keeps what it downloaded."""

SENTENCES = "sentences.json"
"""What a checkpoint may say without having called a tool: a list of sentences, beside it."""
POCKET = Path(__file__).with_name("pocket")
"""The checkpoint that comes with Vireo."""
SMALL_WORLD = "pocket: offline, small world"
_RULES = Profile("scripted", "scripted", "rules, offline: no eyes of its own", licence="Apache-2.0", present=True)
_SMALL = Profile("pocket", str(POCKET), SMALL_WORLD, licence="Apache-2.0", present=True)
_BUILT_IN: dict[Kind, tuple[Profile, ...]] = {
    "vision": (_RULES, _SMALL) if (POCKET / "config.json").is_file() else (_RULES,),
    "hearing": (Profile("pocketsphinx", "pocketsphinx", "rough, offline", licence="BSD-2-Clause", present=True),),
}
"""The first is chosen where nothing else is: the rules, until the pocket model reaches its bars."""
_FRAMES = 8
"""Frames of a video for a model of which nothing is known."""


def profiles(kind: Kind = "vision", hub: Path = HUB, checkpoints: Path = CHECKPOINTS) -> tuple[Profile, ...]:
    """The built-in models of a kind, then those of profiles.toml by the memory they need.

    The id of a present one is what it is loaded by: a hub id, or the checkpoint file of openai-whisper.
    """
    return (*_BUILT_IN[kind], *(_profile(row, hub, checkpoints) for row in _table()[kind]))


def built_in(kind: Kind = "vision") -> Profile:
    """What there is without a download."""
    return _BUILT_IN[kind][0]


def find(name: str, kind: Kind = "vision", hub: Path = HUB, checkpoints: Path = CHECKPOINTS) -> Profile:
    """The profile of a name, a folder, a checkpoint file (*.pt, hearing), or a hub id "organisation/model".

    Raises ModelError when there is none.
    """
    known = profiles(kind, hub, checkpoints)
    for profile in known:
        if name in (profile.name, profile.id):
            return profile
    place = Path(name).expanduser()
    frames = _FRAMES if kind == "vision" else 0
    if place.is_dir() or (kind == "hearing" and place.suffix == ".pt" and place.is_file()):
        label = f"{place.name}: offline, small world" if is_small(place) else "from this disk"
        return Profile(place.stem, str(place.resolve()), label, frames=frames, present=True)
    if _is_hub_id(name):
        here = snapshot(name, hub) is not None
        return Profile(name.split("/")[1], name, "from the hub", frames=frames, present=here)
    raise ModelError(f"no model is called {name!r}", _suggestion(name, known))


def propose(free_gib: float, kind: Kind = "vision", hub: Path = HUB, checkpoints: Path = CHECKPOINTS) -> Profile:
    """The largest model that is present and fits the free memory; the built-in one where none does."""
    fitting = [p for p in profiles(kind, hub, checkpoints) if p.present and p.least_memory <= free_gib]
    return max(fitting, key=lambda p: p.least_memory, default=_BUILT_IN[kind][0])


def snapshot(id: str, hub: Path = HUB) -> Path | None:
    """The folder of a downloaded hub model, the revision "main" before others; None when it is not here."""
    home = hub / f"models--{id.replace('/', '--')}"
    main = home / "refs" / "main"
    wanted = [home / "snapshots" / main.read_text(encoding="utf-8").strip()] if main.is_file() else []
    others = sorted((home / "snapshots").glob("*"), reverse=True)
    return next((folder for folder in (*wanted, *others) if (folder / "config.json").is_file()), None)


def folder_of(place: str | Path, hub: Path = HUB) -> Path:
    """The folder that holds a model: itself, or the snapshot of a hub id; ModelError when it is not on this disk."""
    folder = Path(place).expanduser()
    if folder.is_dir():
        return folder
    if _is_hub_id(str(place)):
        if found := snapshot(str(place), hub):
            return found
        raise ModelError(f"{place} is not on this machine", f"download it first: hf download {place}")
    raise ModelError(f"there is no folder {place}", "give the folder that holds config.json, or a hub id")


def hub() -> Path:
    """Where the Hugging Face libraries keep what they downloaded, by their own environment variables."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface"))
    return Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()


def free_memory() -> float:
    """GiB of memory that are free; infinite where the system does not tell."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    except (ValueError, OSError, AttributeError):
        return float("inf")


def is_small(folder: Path) -> bool:
    """Whether a model is one that Vireo trained itself, which rules go before: its sentences lie beside it."""
    return (folder / SENTENCES).is_file()


@cache
def _table() -> dict[str, list[dict[str, Any]]]:
    table = tomllib.loads(Path(__file__).with_name("profiles.toml").read_text(encoding="utf-8"))
    return {kind: sorted(rows, key=lambda row: row["memory"]) for kind, rows in table.items()}


def _profile(row: dict[str, Any], hub: Path, checkpoints: Path) -> Profile:
    file = checkpoints / row["file"] if "file" in row else None
    downloaded = snapshot(row["id"], hub) is not None
    only_file = str(file) if file is not None and file.is_file() and not downloaded else ""
    return Profile(
        row["name"],
        only_file or row["id"],
        row["label"],
        frames=row.get("frames", 0),
        keeps=row.get("keeps", "memory"),
        least_memory=float(row["memory"]),
        licence=row["licence"],
        present=downloaded or bool(only_file),
    )


def _is_hub_id(name: str) -> bool:
    parts = name.split("/")
    return len(parts) == 2 and all(part and not part.startswith((".", "~")) for part in parts)


def _suggestion(name: str, known: tuple[Profile, ...]) -> str:
    names = [profile.name for profile in known]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names)}; or a folder, or a hub id"
