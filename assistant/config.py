"""The configuration: one TOML file, overridden by the environment; and the folders where things are kept."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from assistant.errors import ConfigError
from assistant.safe_text import one_line

PREFIX = "VIREO_"

UserPath = Annotated[Path, AfterValidator(Path.expanduser)]


class Config(BaseModel):
    """What can be configured; the name of a field in capitals behind ``VIREO_`` is its environment variable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field("auto", description="the model: a name, a folder or a hub id; auto is what serves offline")
    hearing: str = Field("auto", description="what writes down speech; auto is the best that is here")
    host: str = Field("", description="the command that runs Vireo where the models are, such as ssh gpu-box vireo")
    device: Literal["auto", "cuda", "mps", "cpu"] = Field("auto", description="where models run")
    dtype: Literal["auto", "float32", "bfloat16", "float16", "int8"] = Field(
        "auto", description="the numbers of the weights; int8 is smaller and quicker on a CPU, and not exact"
    )
    language: str = Field("", description="the language that is spoken, such as en; empty: detected")
    store: Annotated[UserPath | None, BeforeValidator(lambda given: given or None)] = Field(
        None, description="the file of the conversations; empty: in the data folder"
    )
    roots: tuple[UserPath, ...] = Field((), description="folders whose files tools may read; empty: the current folder")
    private_hosts: tuple[str, ...] = Field(
        (), description='hosts that are not public from which -a may fetch, such as "nas.local" or "127.0.0.1:8000"'
    )
    max_steps: int = Field(8, ge=1, le=64, description="how often a model may call tools for one answer")
    tool_seconds: float = Field(600, gt=0, description="how long a tool may take")
    approval_seconds: float = Field(120, gt=0, description="how long a call waits for approval")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things are kept."""

    config: Path
    data: Path
    log: Path
    cache: Path

    @classmethod
    def standard(cls) -> "Folders":
        """The platform's folders, or one folder for all that the environment variable VIREO_HOME names."""
        if home := os.environ.get("VIREO_HOME"):
            return cls(Path(home), Path(home), Path(home) / "log", Path(home) / "cache")
        dirs = platformdirs.PlatformDirs("vireo", appauthor=False)
        return cls(dirs.user_config_path, dirs.user_data_path, dirs.user_log_path, dirs.user_cache_path)

    @property
    def file(self) -> Path:
        """The configuration file."""
        return self.config / "config.toml"


def load(folders: Folders, environment: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration.

    Raises:
        ConfigError: the file or the environment says something unknown or impossible; the message names the place
    """
    given = _environment(environment)
    lines = _lines(folders.file)
    values = {**_parsed(folders.file, lines), **given}
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise _first(error, folders.file, lines, given) from error


def show(folders: Folders, environment: Mapping[str, str] = os.environ) -> str:
    """Each value, as TOML, with where it comes from."""
    config, given = load(folders, environment), _environment(environment)
    in_file = _parsed(folders.file, _lines(folders.file))
    lines = [f"# {folders.file}"]
    for name, field in Config.model_fields.items():
        place = "environment" if name in given else "file" if name in in_file else "default"
        lines.append(f"{name} = {_toml(getattr(config, name))}  # {place}: {field.description}")
    return "\n".join(lines)


def change(folders: Folders, name: str, value: str) -> None:
    """Write one text value into the file, leaving its other lines as they are.

    Raises:
        ConfigError: the file would not be right with it, or cannot be written; it stays as it was
    """
    kept = [line for line in _lines(folders.file) if not _sets(line, name)]
    lines = [f"{name} = {_toml(value)}", *kept]
    try:
        Config.model_validate(_parsed(folders.file, lines))
    except ValidationError as error:
        raise _first(error, folders.file, lines, {}) from error
    new = folders.file.with_suffix(".new")
    try:
        folders.config.mkdir(parents=True, exist_ok=True)
        new.write_text("\n".join(lines) + "\n", encoding="utf-8")
        new.replace(folders.file)
    except OSError as error:
        raise ConfigError(f"{folders.file} cannot be written: {error.strerror}.", "Check its permissions.") from error


def _first(error: ValidationError, file: Path, lines: list[str], given: Mapping[str, Any]) -> ConfigError:
    """What is wrong first, with its place: the file with its line, or the variable of the environment."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    cause = "there is no such setting" if first["type"] == "extra_forbidden" else first["msg"]
    if name in given:
        return ConfigError(f"{PREFIX}{name.upper()}: {cause}.", _nearest(name))
    numbers = [number for number, line in enumerate(lines, 1) if _sets(line, name)]
    place = f"{file}, line {numbers[0]}" if numbers else str(file)
    return ConfigError(f"{place}: {one_line(name)}: {cause}.", _nearest(name))


def _sets(line: str, name: str) -> bool:
    """Whether a line of TOML begins to set a key, or a table of that name."""
    return re.match(rf"""\s*\[?\s*["']?{re.escape(name)}["']?\s*[]=.]""", line) is not None


def _parsed(path: Path, lines: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads("\n".join(lines) + "\n")
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}.", "Mend it: vireo config edit") from error


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from error


def _environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """The fields that the environment sets; several folders are separated as in PATH, several hosts by commas."""
    keys = {name: f"{PREFIX}{name.upper()}" for name in Config.model_fields}
    given: dict[str, Any] = {name: environment[key] for name, key in keys.items() if key in environment}
    if "roots" in given:
        given["roots"] = [folder for folder in given["roots"].split(os.pathsep) if folder]
    if "private_hosts" in given:
        given["private_hosts"] = [host.strip() for host in given["private_hosts"].split(",") if host.strip()]
    return given


def _nearest(name: str) -> str:
    near = get_close_matches(name, Config.model_fields, 1)
    return f"Did you mean {near[0]}?" if near and near[0] != name else "Mend it: vireo config edit"


def _toml(value: object) -> str:
    match value:
        case None:
            return '""'
        case tuple():
            return "[" + ", ".join(_toml(item) for item in value) + "]"
        case str() | Path():
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return str(value)
