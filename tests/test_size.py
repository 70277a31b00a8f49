"""The size law: files, classes and functions that fit in one look."""

import ast
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import pytest

TOP = Path(__file__).parent.parent
LINES_OF_A_FILE = 300
METHODS_OF_A_CLASS = 20
LINES_OF_A_FUNCTION = 40

ALLOWED: dict[str, str] = {}
"""What may be larger, by "path:name" or path, and why."""

FILES = [TOP / "main.py", *sorted((TOP / "assistant").rglob("*.py")), *sorted((TOP / "tools").rglob("*.py"))]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def too_large(source: str) -> Iterator[tuple[str, str]]:
    """Name and size of what breaks the law; the file itself has an empty name."""
    if (lines := len(source.splitlines())) > LINES_OF_A_FILE:
        yield "", f"{lines} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            methods = sum(isinstance(each, Function) for each in node.body)
            if methods > METHODS_OF_A_CLASS:
                yield node.name, f"{methods} methods"
        elif isinstance(node, Function):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LINES_OF_A_FUNCTION:
                yield node.name, f"{lines} lines"


def breaches() -> dict[str, str]:
    """What is too large in the house, by path and name."""
    found = {}
    for path in FILES:
        for name, size in too_large(path.read_text(encoding="utf-8")):
            place = path.relative_to(TOP).as_posix()
            found[f"{place}:{name}" if name else place] = size
    return found


def test_nothing_is_larger_than_the_law_allows() -> None:
    assert {place: size for place, size in breaches().items() if place not in ALLOWED} == {}


def test_every_exception_is_still_needed_and_has_a_reason() -> None:
    assert set(ALLOWED) <= set(breaches())
    assert all(len(reason.split()) > 3 for reason in ALLOWED.values())


LONG_FUNCTION = "def long():\n" + "    x = 1\n" * LINES_OF_A_FUNCTION
LARGE_CLASS = "class Large:\n" + "".join(f"    async def f{n}(self): ...\n" for n in range(METHODS_OF_A_CLASS + 1))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (LONG_FUNCTION, ["long"]),
        ("class Outer:\n" + indent(LONG_FUNCTION, "    "), ["long"]),
        (LARGE_CLASS, ["Large"]),
        ("x = 1\n" * (LINES_OF_A_FILE + 1), [""]),
        ("x = 1\n" * LINES_OF_A_FILE, []),
        (LONG_FUNCTION.replace("    x = 1\n", "", 1), []),
    ],
)
def test_the_law_is_measured(source: str, names: list[str]) -> None:
    assert [name for name, _ in too_large(source)] == names


def test_the_house_is_looked_at() -> None:
    assert {"main.py", "errors.py"} <= {path.name for path in FILES} and len(FILES) > 20
