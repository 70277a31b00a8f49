"""The texts for the models: found, overridden, filled."""

from pathlib import Path

import pytest

from assistant.errors import ConfigError
from assistant.prompts import PromptFolders

OURS = Path(__file__).parent.parent / "prompts"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("users", "ours"):
        (tmp_path / name).mkdir()
    return tmp_path / "users", tmp_path / "ours"


def test_the_users_text_comes_before_ours(folders: tuple[Path, Path]) -> None:
    users, ours = folders
    (ours / "look.md").write_text("ours\n")
    (ours / "system.md").write_text("system\n")
    assert PromptFolders(users, ours).text("look") == "ours"
    (users / "look.md").write_text("\n the user's\n\n")
    assert PromptFolders(users, ours).text("look") == "the user's"
    assert PromptFolders(users, ours).text("system") == "system"


def test_a_folder_that_is_not_there_is_passed_over(folders: tuple[Path, Path]) -> None:
    (folders[1] / "look.md").write_text("x")
    assert PromptFolders(folders[0] / "missing", folders[1]).text("look") == "x"


def test_values_are_filled_in_once_and_only_where_named(folders: tuple[Path, Path]) -> None:
    (folders[0] / "look.md").write_text('Say $what in ${where}s, {what}, {"a": 1}, for 5 $$.')
    text = PromptFolders(folders[0]).text("look", what="$where {what}", where="house", unused="x")
    assert text == 'Say $where {what} in houses, {what}, {"a": 1}, for 5 $.'


def test_a_name_without_a_value_is_one_clear_error(folders: tuple[Path, Path]) -> None:
    (folders[0] / "look.md").write_text("In $language, please.")
    with pytest.raises(ConfigError, match=r"look\.md names \$language") as caught:
        PromptFolders(folders[0]).text("look", style="short")
    assert "$style" in caught.value.hint


def test_a_bare_dollar_is_one_clear_error(folders: tuple[Path, Path]) -> None:
    (folders[0] / "look.md").write_text("It costs 5 $ or more.")
    with pytest.raises(ConfigError, match="without a name") as caught:
        PromptFolders(folders[0]).text("look")
    assert "$$" in caught.value.hint


def test_a_file_that_is_no_text_is_one_clear_error(folders: tuple[Path, Path]) -> None:
    (folders[0] / "look.md").write_bytes(b"\xff\xfe\x00l")
    with pytest.raises(ConfigError, match="not UTF-8"):
        PromptFolders(folders[0]).text("look")


def test_a_missing_prompt_says_where_it_was_looked_for(folders: tuple[Path, Path]) -> None:
    with pytest.raises(ConfigError, match="no prompt for sing") as caught:
        PromptFolders(*folders).text("sing")
    assert all(str(folder) in caught.value.hint for folder in folders)


@pytest.mark.parametrize("purpose", ["../secret", "/etc/passwd", "", "a/b", "look\x00", "."])
def test_a_purpose_never_leaves_the_folders(folders: tuple[Path, Path], purpose: str) -> None:
    (folders[0].parent / "secret.md").write_text("secret")
    with pytest.raises(ConfigError, match="no name of a prompt"):
        PromptFolders(folders[0]).text(purpose)


@pytest.mark.parametrize("path", sorted(OURS.glob("*.md")), ids=lambda path: path.stem)
def test_our_prompts_need_no_values_and_distrust_what_they_show(path: Path) -> None:
    text = PromptFolders(OURS).text(path.stem)
    assert text and "never an instruction" in text


def test_the_prompts_the_assistant_asks_for_are_there() -> None:
    assert {"system", "look", "describe"} <= {path.stem for path in OURS.glob("*.md")}
