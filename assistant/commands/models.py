"""``vireo models``: which models there are, and which one serves."""

import argparse
from dataclasses import asdict

from assistant.commands.output import aside, line, print_json
from assistant.types import Profile
from assistant.wiring import DOWNLOAD, find_model, remember_model, settings


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    listing = verbs.add_parser("list", help="list the models (the default)")
    listing.add_argument("--json", action="store_true", help="as JSON")
    verbs.add_parser("show", help="tell all about one").add_argument("name")
    verbs.add_parser("use", help="use one from now on").add_argument("name")


def run(arguments: argparse.Namespace) -> int:
    match arguments.verb:
        case "show":
            print_json(asdict(_find(arguments.name)))
        case "use":
            profile = find_model(arguments.name)
            remember_model(arguments.name)
            aside(f"From now on: {profile.name} ({profile.label}).")
            if not profile.present:
                aside(f"Its weights are not on this machine yet. {DOWNLOAD.format(id=profile.id)}")
        case _:
            _list(bool(getattr(arguments, "json", False)))
    return 0


def _find(name: str) -> Profile:
    """A model of any kind."""
    from assistant.models.catalog import hub, profiles

    ears = [profile for profile in profiles("hearing", hub()) if profile.name == name]
    return ears[0] if ears else find_model(name)


def _list(as_json: bool) -> None:
    from assistant.models.catalog import hub, profiles

    config, _ = settings()
    listed = [(kind, profile) for kind in ("vision", "hearing") for profile in profiles(kind, hub())]
    if as_json:
        print_json([{"kind": kind, **asdict(profile)} for kind, profile in listed])
        return
    for kind, profile in listed:
        chosen = "*" if profile.name == find_model(config.model).name else " "
        here = "here" if profile.present else "-"
        line(f"{chosen} {kind:8}{profile.name:14}{_memory(profile):>8}  {here:5}{profile.label}")


def _memory(profile: Profile) -> str:
    return f"{profile.least_memory:g} GiB" if profile.least_memory else ""
