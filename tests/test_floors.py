"""The floors: what each room imports when it runs, what a start costs, and what tools may know."""

import ast
import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

TOP = Path(__file__).parent.parent
ROOM = TOP / "assistant"

HEAVY = frozenset(
    {
        "numpy",
        "llguidance",
        "torch",
        "torchvision",
        "transformers",
        "whisper",
        "pocketsphinx",
        "PIL",
        "av",
        "pypdfium2",
        "pillow_heif",
        "cv2",
        "rapidocr",
        "zxingcpp",
        "scenedetect",
        "onnxruntime",
        "silero_vad",
        "langchain",
        "langchain_core",
        "langgraph",
        "textual",
        "apsw",
        "sqlite3",
        "pydantic",
        "pydantic_settings",
        "platformdirs",
    }
)
"""What takes long to import, or belongs to one room."""
LIGHT = frozenset[str]()
VALUES = frozenset({"numpy"})
LANGCHAIN = VALUES | {"langchain_core", "pydantic"}
MODELS = VALUES | {"torch", "transformers"}
MAY_IMPORT = {
    **dict.fromkeys(("", "errors", "safe_text", "prompts", "wiring", "__main__"), LIGHT),
    "config": frozenset({"pydantic", "platformdirs"}),
    "media": VALUES | {"PIL", "av", "pypdfium2", "pillow_heif"},
    "bench": MODELS
    | {"PIL", "av", "pypdfium2", "pillow_heif", "cv2", "rapidocr", "zxingcpp", "scenedetect", "onnxruntime"},
    "readers": VALUES | {"cv2", "rapidocr", "zxingcpp", "scenedetect", "onnxruntime", "PIL", "av"},
    "models": MODELS | {"whisper", "pocketsphinx", "llguidance", "PIL"},  # transformers brings Pillow where it is
    "sound": VALUES | {"onnxruntime"},
    "training": MODELS | {"PIL"},
    "store": VALUES | {"apsw"},
    "toolbox": LANGCHAIN,
    "agent": LANGCHAIN,
    "mind": LANGCHAIN | {"apsw"},
}
"""The heavy packages that a room, or what it imports, may bring along; the other rooms have the values only."""

APART = {
    "assistant.models.hearing_whisper": "whisper",
    "assistant.models.hearing_sphinx": "pocketsphinx",
    "assistant.models.schema": "llguidance",
}
"""The modules of the models' room that want one package more, each in a file of its own."""
FOR_TOOLS = {
    f"assistant.{name}"
    for name in ("types", "readings", "protocols", "listening", "watching", "movements", "sources", "files", "errors")
}


def modules() -> dict[str, list[str]]:
    """The modules of each room, found in the package."""
    rooms: dict[str, list[str]] = {}
    for path in sorted(ROOM.rglob("*.py")):
        name = ".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__")
        rooms.setdefault((*name.split("."), "")[1], []).append(name)
    return rooms


ROOMS = modules()
BLOCK = """
import importlib.machinery, importlib, sys
class Without(importlib.machinery.PathFinder):
    "Finds modules as if the blocked packages were not installed."
    blocked = set(sys.argv[1].split())
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in cls.blocked else super().find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Without
"""
IMPORT = """
import importlib, sys
for name in sys.argv[2].split(): importlib.import_module(name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=TOP, timeout=120, env={**os.environ, **environment}
    )


def imported_by(names: list[str], blocked: frozenset[str] = LIGHT) -> frozenset[str]:
    """The heavy packages that a fresh process has imported after these modules."""
    ended = run("-c", BLOCK + IMPORT, " ".join(blocked), " ".join(names))
    assert ended.returncode == 0, ended.stderr[-2000:]
    return HEAVY & set(ended.stdout.split())


def test_the_rooms_are_found() -> None:
    assert {"", "errors", "types", "models", "media", "commands", "wiring"} <= set(ROOMS)
    assert set(MAY_IMPORT) <= set(ROOMS)


@pytest.mark.parametrize("room", sorted(ROOMS), ids=lambda room: room or "package")
def test_a_room_imports_the_heavy_packages_of_its_trade_only(room: str) -> None:
    assert imported_by(ROOMS[room]) <= MAY_IMPORT.get(room, VALUES)


def test_models_need_torch_transformers_and_numpy_alone() -> None:
    names = [name for name in ROOMS["models"] if name not in APART]
    assert imported_by(names, HEAVY - MODELS) <= MODELS


@pytest.mark.parametrize("module", sorted(APART))
def test_what_needs_one_package_more_stands_apart(module: str) -> None:
    assert APART[module] in imported_by([module], HEAVY - MODELS - {APART[module], "PIL"})


def test_a_blocked_package_is_as_good_as_not_installed() -> None:
    with pytest.raises(AssertionError, match="No module named 'numpy'"):
        imported_by(["assistant.types"], HEAVY)


# A start


@pytest.mark.parametrize(
    ("words", "allowed"), [("--help", LIGHT), ("--version", LIGHT), ("ask --help", VALUES), ("models --help", VALUES)]
)
def test_help_imports_nothing_heavy(words: str, allowed: frozenset[str]) -> None:
    ended = run("-X", "importtime", "-m", "assistant", *words.split())
    assert ended.returncode == 0 and ended.stdout.strip()
    names = {line.rpartition("|")[2].strip().partition(".")[0] for line in ended.stderr.splitlines() if "|" in line}
    assert "argparse" in names
    assert HEAVY & names <= allowed


def seconds(*words: str) -> float:
    """CPU seconds of a process from its start to its end."""

    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = spent()
    assert run(*words).returncode == 0
    return spent() - before


def test_help_costs_less_than_eight_bare_starts() -> None:
    seconds("-m", "assistant", "--help")
    bare = median(seconds("-c", "pass") for _ in range(7))
    assert median(seconds("-m", "assistant", "--help") for _ in range(7)) < 8 * bare


# Contracts


def test_the_import_contracts_are_kept() -> None:
    pytest.importorskip("importlinter")
    lint = Path(sys.executable).with_name("lint-imports")
    ended = subprocess.run([lint, "--no-cache"], capture_output=True, text=True, cwd=TOP, timeout=120)
    assert ended.returncode == 0, ended.stdout[-3000:]


def imports(source: str) -> set[str]:
    """The modules that a source names, with what it takes from a package."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "assistant" else {module}
    return found


def is_for_tools(module: str) -> bool:
    root = module.partition(".")[0]
    return module in FOR_TOOLS or root in sys.stdlib_module_names | {"langchain_core", "pydantic"}


@pytest.mark.parametrize("path", sorted((TOP / "tools").glob("*.py")), ids=lambda path: path.stem)
def test_a_tool_knows_values_and_promises_only(path: Path) -> None:
    assert [module for module in imports(path.read_text(encoding="utf-8")) if not is_for_tools(module)] == []


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("from assistant.types import Frame", True),
        ("from assistant import types", True),
        ("from langchain_core.tools import tool", True),
        ("from assistant import wiring", False),
        ("from assistant.store import Store", False),
        ("def f():\n    import numpy as np", False),
        ("from . import look", False),
        ("import langchain", False),
    ],
)
def test_what_a_tool_may_import_is_judged(source: str, allowed: bool) -> None:
    assert all(map(is_for_tools, imports(source))) is allowed
