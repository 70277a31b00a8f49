"""The models that can be chosen: built-in, known by name, or found on this disk."""

from __future__ import annotations

import difflib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from assistant.errors import ModelError
from assistant.types import Profile

Kind = Literal["vision", "hearing"]

HUB = Path.home() / ".cache" / "huggingface" / "hub"
"""Where the Hugging Face libraries keep what they downloaded, unless told otherwise."""

_BUILT_IN: dict[Kind, Profile] = {
    "vision": Profile("scripted", "scripted", "rules, offline: no eyes of its own", licence="Apache-2.0", present=True),
    "hearing": Profile("pocketsphinx", "pocketsphinx", "rough, offline", licence="BSD-2-Clause", present=True),
}


def profiles(kind: Kind = "vision", hub: Path = HUB) -> tuple[Profile, ...]:
    """The built-in model of a kind, then those of profiles.toml by the memory they need."""
    return (_BUILT_IN[kind], *(_profile(row, hub) for row in _table()[kind]))


def find(name: str, kind: Kind = "vision", hub: Path = HUB) -> Profile:
    """The profile of a name, of a folder, or of a hub id "organisation/model"; ModelError when there is none."""
    known = profiles(kind, hub)
    for profile in known:
        if name in (profile.name, profile.id):
            return profile
    if Path(name).expanduser().is_dir():
        folder = Path(name).expanduser().resolve()
        return Profile(folder.name, str(folder), "from a folder", frames=_seen(kind), present=True)
    if _is_hub_id(name):
        here = snapshot(name, hub) is not None
        return Profile(name.split("/")[1], name, "from the hub", frames=_seen(kind), present=here)
    raise ModelError(f"no model is called {name!r}", _suggestion(name, known))


def propose(free_gib: float, kind: Kind = "vision", hub: Path = HUB) -> Profile:
    """The largest model that is present and fits the free memory; the built-in one where none does."""
    fitting = [p for p in profiles(kind, hub) if p.present and p.least_memory <= free_gib]
    return max(fitting, key=lambda p: p.least_memory)


def snapshot(id: str, hub: Path = HUB) -> Path | None:
    """The folder of a downloaded hub model, the revision "main" before others; None when it is not here."""
    home = hub / f"models--{id.replace('/', '--')}"
    main = home / "refs" / "main"
    wanted = [home / "snapshots" / main.read_text().strip()] if main.is_file() else []
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


@cache
def _table() -> dict[str, list[dict[str, Any]]]:
    table = tomllib.loads(Path(__file__).with_name("profiles.toml").read_text(encoding="utf-8"))
    return {kind: sorted(rows, key=lambda row: row["memory"]) for kind, rows in table.items()}


def _profile(row: dict[str, Any], hub: Path) -> Profile:
    return Profile(
        row["name"],
        row["id"],
        row["label"],
        frames=row.get("frames", 0),
        least_memory=float(row["memory"]),
        licence=row["licence"],
        present=snapshot(row["id"], hub) is not None,
    )


def _seen(kind: Kind) -> int:
    """Frames of a video for a model of which nothing is known."""
    return 8 if kind == "vision" else 0


def _is_hub_id(name: str) -> bool:
    parts = name.split("/")
    return len(parts) == 2 and all(part and not part.startswith((".", "~")) for part in parts)


def _suggestion(name: str, known: tuple[Profile, ...]) -> str:
    names = [profile.name for profile in known]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names)}; or a folder, or a hub id"
