"""What several tests need: the media, a home of their own, and an environment without network or user settings."""

import os
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for all of the user's folders."""
    monkeypatch.setenv("VIREO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path / "home"


@pytest.fixture(scope="session")
def public_media() -> Path:
    """The folder of public media with answers; a test that needs it is skipped where it is absent."""
    folder = Path(os.environ.get("VIREO_MEDIA", TOP.parent / "shared" / "media"))
    if not (folder / "manifest.jsonl").exists():
        pytest.skip("no public media here: set VIREO_MEDIA")
    return folder


@pytest.fixture(scope="session")
def vireo() -> list[str]:
    """The command line of this checkout."""
    return [sys.executable, str(TOP / "main.py")]
