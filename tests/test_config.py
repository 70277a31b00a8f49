"""The configuration: where values come from, and what is said of mistakes."""

import os
import tomllib
from pathlib import Path

import pytest

from assistant.config import Config, Folders, change, load, show
from assistant.errors import ConfigError


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "config").mkdir()
    return Folders(tmp_path / "config", tmp_path / "data", tmp_path / "log", tmp_path / "cache")


def wrong(folders: Folders, text: str, **environment: str) -> ConfigError:
    folders.file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(folders, environment)
    assert "\n" not in str(caught.value) and caught.value.hint
    return caught.value


def test_without_a_file_all_is_default(folders: Folders) -> None:
    assert load(folders, {}) == Config()
    assert Config().max_steps == 8 and Config().approval_seconds == 120


def test_the_environment_comes_before_the_file(folders: Folders) -> None:
    folders.file.write_text('model = "small"\nmax_steps = 3\nroots = ["/a", "/b"]\n')
    config = load(
        folders, {"VIREO_MODEL": "large", "VIREO_TOOL_SECONDS": "2.5", "VIREO_HOME": "/x", "VIREO_MEDIA": "/y"}
    )
    assert (config.model, config.max_steps, config.tool_seconds) == ("large", 3, 2.5)
    assert config.roots == (Path("/a"), Path("/b"))


def test_folders_in_the_environment_are_separated_as_in_path(folders: Folders) -> None:
    assert load(folders, {"VIREO_ROOTS": os.pathsep.join(["/a", "", "/b"])}).roots == (Path("/a"), Path("/b"))
    assert load(folders, {"VIREO_ROOTS": ""}).roots == ()


def test_hosts_in_the_environment_are_separated_by_commas(folders: Folders) -> None:
    hosts = load(folders, {"VIREO_PRIVATE_HOSTS": "nas.local, 127.0.0.1:8000,[::1]:80,"}).private_hosts
    assert hosts == ("nas.local", "127.0.0.1:8000", "[::1]:80")
    folders.file.write_text('private_hosts = ["nas.local"]\n')
    assert load(folders, {}).private_hosts == ("nas.local",)
    assert load(folders, {"VIREO_PRIVATE_HOSTS": ""}).private_hosts == ()


def test_a_tilde_is_the_home_of_the_user(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    config = load(folders, {"VIREO_STORE": "~/talks.db", "VIREO_ROOTS": "~/pictures"})
    assert config.store == Path("/home/somebody/talks.db")
    assert config.roots == (Path("/home/somebody/pictures"),)


def test_an_empty_store_is_the_one_in_the_data_folder(folders: Folders) -> None:
    folders.file.write_text('store = ""\n')
    assert load(folders, {}).store is None
    assert load(folders, {"VIREO_STORE": ""}).store is None


def test_a_configuration_cannot_be_changed_in_memory() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().model = "other"  # type: ignore[misc]


# Mistakes


def test_an_unknown_setting_names_its_line_and_the_nearest_one(folders: Folders) -> None:
    error = wrong(folders, '# mine\nmodel = "small"\n\nmax_step = 3\n')
    assert f"{folders.file}, line 4: max_step: there is no such setting" in str(error)
    assert "max_steps" in error.hint


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ('max_steps = "many"', "valid integer"),
        ("max_steps = 0", "greater than or equal to 1"),
        ("tool_seconds = -1", "greater than 0"),
        ('device = "tpu"', "'auto', 'cuda', 'mps' or 'cpu'"),
        ("model = 7", "valid string"),
        ("roots = 5", "valid tuple"),
        ("[model]", "valid string"),
        ('"dtype" = "int4"', "bfloat16"),
        ("[timeouts]\napproval = 3", "no such setting"),
    ],
)
def test_a_wrong_value_names_its_line_and_the_cause(folders: Folders, line: str, cause: str) -> None:
    error = wrong(folders, f"# a comment\n{line}\n")
    assert "line 2" in str(error) and cause in str(error)


def test_a_wrong_value_of_the_environment_names_its_variable(folders: Folders) -> None:
    error = wrong(folders, "max_steps = 3", VIREO_MAX_STEPS="lots")
    assert str(error).startswith("VIREO_MAX_STEPS: ")


def test_a_file_that_is_no_toml_names_the_line(folders: Folders) -> None:
    error = wrong(folders, 'model = "small"\nhearing == 3\n')
    assert str(folders.file) in str(error) and "line 2" in str(error)
    assert "line 2" in str(wrong(folders, 'model = "a"\nmodel = "b"\n'))


def test_a_file_that_is_no_text_is_one_clear_error(folders: Folders) -> None:
    folders.file.write_bytes(b"model = '\xff\xfe'")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(folders, {})


def test_a_folder_in_the_place_of_the_file_is_one_clear_error(folders: Folders) -> None:
    folders.file.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load(folders, {})


def test_a_hostile_name_shows_no_control_character(folders: Folders) -> None:
    assert "\x1b" not in str(wrong(folders, '"\\u001b[31mred" = 1\n'))


# Showing


def test_each_value_is_shown_with_where_it_comes_from(folders: Folders) -> None:
    folders.file.write_text("max_steps = 3\n")
    shown = show(folders, {"VIREO_MODEL": "large"})
    places = {line.split(" = ")[0]: line.split("# ")[1].split(":")[0] for line in shown.splitlines()[1:]}
    assert places == {name: "default" for name in Config.model_fields} | {"max_steps": "file", "model": "environment"}
    assert str(folders.file) in shown


def test_what_is_shown_can_be_the_file(folders: Folders) -> None:
    odd = 'a "quoted" \\ 箱 \t\x7f\x01 name'
    environment = {"VIREO_MODEL": odd, "VIREO_ROOTS": "/a:/b c", "VIREO_STORE": "/x.db", "VIREO_TOOL_SECONDS": "1e-3"}
    for given in (environment, {}):
        shown = show(folders, given)
        folders.file.write_text(shown, encoding="utf-8")
        assert load(folders, {}) == load(folders, given)
        assert all(character.isprintable() or character == "\n" for character in shown)


# Changing


def test_one_value_changes_and_the_other_lines_stay(folders: Folders) -> None:
    folders.file.write_text('# mine\n model= "small"  # good\nmax_steps = 3\n')
    change(folders, "model", 'odd "one"')
    lines = folders.file.read_text().splitlines()
    assert lines == ['model = "odd \\"one\\""', "# mine", "max_steps = 3"]
    assert load(folders, {}).model == 'odd "one"'


def test_the_first_change_makes_the_file(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "new" / "config", tmp_path, tmp_path, tmp_path)
    change(folders, "model", "small")
    assert tomllib.loads(folders.file.read_text()) == {"model": "small"}
    assert [each.name for each in folders.config.iterdir()] == ["config.toml"]


@pytest.mark.parametrize("text", ['model = """\nsmall"""\n', "max_steps = 99\n", "not toml\n"])
def test_a_change_that_would_break_the_file_leaves_it_as_it_was(folders: Folders, text: str) -> None:
    folders.file.write_text(text)
    with pytest.raises(ConfigError):
        change(folders, "model", "large")
    assert folders.file.read_text() == text


def test_a_change_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError):
        change(Folders(tmp_path / "file", tmp_path, tmp_path, tmp_path), "model", "x")


# Folders


def test_one_variable_moves_all_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIREO_HOME", str(tmp_path))
    folders = Folders.standard()
    assert all(each.is_relative_to(tmp_path) for each in (folders.config, folders.data, folders.log, folders.file))


def test_without_it_the_folders_of_the_platform_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("VIREO_HOME")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("HOME", str(tmp_path))
    folders = Folders.standard()
    assert all("vireo" in str(each) for each in (folders.config, folders.data, folders.log))
    assert not any(each.exists() for each in (folders.config, folders.data, folders.log))
