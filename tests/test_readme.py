"""The README's first command, as a stranger runs it: a clone, an empty folder, no network after the installation."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
ANSWERS = ("HARBOUR CAFE", "https://example.org/harbour", "blue 55%", "begins at 3.0 s", "moves right", "I cannot tell")


def commands() -> list[str]:
    """The two commands that the README gives."""
    return re.findall(r"^python3 -m venv .*$", (TOP / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_readme_gives_two_commands() -> None:
    first, second = commands()
    assert first.endswith("main.py demo") and second.endswith("-m pytest")


def test_the_readme_shows_what_the_demo_says(vireo: list[str]) -> None:
    shown = (TOP / "README.md").read_text(encoding="utf-8")
    said = subprocess.run([*vireo, "demo"], capture_output=True, text=True, check=True, timeout=120, cwd=TOP)
    lines = [line for line in said.stdout.splitlines() if line]
    assert len(lines) > 12 and [line for line in lines if line not in shown] == []


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_first_command_works_on_a_clone_and_from_an_empty_folder_without_a_network(tmp_path: Path) -> None:
    clone, empty = tmp_path / "clone", tmp_path / "empty"
    subprocess.run(["git", "clone", "-q", str(TOP), str(clone)], check=True)
    empty.mkdir()
    first = subprocess.run(commands()[0], shell=True, cwd=clone, capture_output=True, text=True, check=True)  # noqa: S602
    assert all(answer in first.stdout for answer in ANSWERS)
    alone = ["unshare", "-rn"] if shutil.which("unshare") else []
    script = str(clone / ".venv" / "bin" / "vireo")
    (clone / "assistant").rename(clone / "gone")  # the installed package must do
    again = subprocess.run(
        [*alone, script, "demo"], cwd=empty, capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert all(answer in again.stdout for answer in ANSWERS) and list(empty.iterdir()) == []
