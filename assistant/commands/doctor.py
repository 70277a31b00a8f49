"""``vireo doctor``: what is there, what is missing, and what to do about it."""

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import metadata, util
from pathlib import Path

from assistant import __version__
from assistant.commands.output import line
from assistant.errors import AssistantError, ModelError, ToolError
from assistant.wiring import (
    DOWNLOAD,
    HOME,
    Options,
    find_model,
    open_mind,
    open_store,
    open_toolbox,
    settings,
)

PACKAGES = ("torch", "transformers", "openai-whisper", "pocketsphinx", "rapidocr", "av", "pillow", "langchain-core")
EXTRAS = {"voice": "espeakng_loader", "gpu": "torchvision"}
TAIL = 5
"""Lines of each log that are shown."""

Check = Callable[[], Iterator[str]]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--logs", action="store_true", help=f"show the last {TAIL} lines of each log")


def run(arguments: argparse.Namespace) -> int:
    """The exit code is 1 when something that Vireo needs is missing."""
    failed = 0
    checks: dict[str, Check] = {
        "machine": _machine,
        "packages": _packages,
        "configuration": _configuration,
        "conversations": _conversations,
        "models, decoder, tools": _assistant,
    }
    for name, check in checks.items():
        try:
            for found in check():
                line(f"ok    {found}")
        except (AssistantError, OSError, metadata.PackageNotFoundError) as error:
            failed += 1
            line(f"FAIL  {name}: {error.sentence() if isinstance(error, AssistantError) else error}")
    for extra, package in EXTRAS.items():
        if util.find_spec(package) is None:
            line(f"-     the extra {extra} is not installed: pip install 'vireo[{extra}]'")
    _logs(arguments.logs)
    return 1 if failed else 0


def _machine() -> Iterator[str]:
    yield f"vireo {__version__}, Python {platform.python_version()}, {platform.platform()}"
    from assistant.models.catalog import free_memory

    free = free_memory()
    disk = shutil.disk_usage(HOME).free / 2**30
    yield f"{os.cpu_count()} cores, {free:.1f} GiB of memory free, {disk:.0f} GiB of disk free"
    from assistant.models.catalog import profiles

    best = max((each for each in profiles() if each.least_memory <= free), key=lambda each: each.least_memory)
    yield f"the largest model that fits: {best.name} ({best.label}){'' if best.present else ', not here yet'}"


def _packages() -> Iterator[str]:
    yield ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)


def _configuration() -> Iterator[str]:
    config, folders = settings()
    path = folders.config / "config.toml"
    yield f"configuration {path}{'' if path.exists() else ' (none: defaults)'}; model {config.model}"


def _conversations() -> Iterator[str]:
    with closing(open_store()) as store:
        yield f"{len(store.sessions(1000))} conversations stored; SQLite works"
        count, size = store.shelf.size()
        yield f"{count} readings of files kept, {size / 2**20:.1f} MiB (to forget them: vireo history clear-readings)"


def _assistant() -> Iterator[str]:
    config, _ = settings()
    with closing(open_mind(Options(log=False))) as mind:
        status, chosen = mind.status(), find_model(config.model)
        if not chosen.present:
            raise ModelError(f"{chosen.name} is chosen, and its weights are not here.", DOWNLOAD.format(id=chosen.id))
        yield f"model host answers: {status.model} ({status.label})"
        scene = str(HOME / "demo" / "scene.png")
        info = mind.senses.media.info(scene)
        yield f"decoder answers: {info.kind} {info.width}x{info.height}"
        [read] = [each.text for frame in mind.senses.media.frames(scene) for each in mind.senses.readers.text(frame)]
        yield f"readers answer: {read}"
        yield f"{len(mind.tools())} tools"
    if problems := open_toolbox().problems:
        raise ToolError(f"{len(problems)} left out: {' '.join(problems)}", "Mend them, or move them away.")


def _logs(shown: bool) -> None:
    _, folders = settings()
    for log in sorted(Path(folders.log).glob("*.log")):
        line(f"log   {log} ({log.stat().st_size} bytes)")
        if shown:
            for text in log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]:
                line(f"      {text}")
    sys.stdout.flush()
