"""The configuration: one TOML file, overridden by the environment; and the folders where things are kept."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import ConfigError
from assistant.safe_text import one_line

PREFIX = "VIREO_"


class Config(BaseModel):
    """What can be configured; the name of a field in capitals behind ``VIREO_`` is its environment variable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field("auto", description="the model: a name, a folder or a hub id; auto is what serves offline")
    hearing: str = Field("auto", description="what writes down speech; auto is the best that is here")
    device: Literal["auto", "cuda", "mps", "cpu"] = Field("auto", description="where models run")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field("auto", description="the numbers of the weights")
    language: str = Field("", description="the language that is spoken, such as en; empty: detected")
    store: Path | None = Field(None, description="the file of the conversations")
    roots: tuple[Path, ...] = Field((), description="folders whose files tools may read; empty: the current folder")
    max_steps: int = Field(8, ge=1, le=64, description="how often a model may call tools for one answer")
    tool_seconds: float = Field(600, gt=0, description="how long a tool may take")
    approval_seconds: float = Field(120, gt=0, description="how long a call waits for approval")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things are kept."""

    config: Path
    data: Path
    log: Path

    @classmethod
    def standard(cls) -> "Folders":
        """The platform's folders, or one folder for all that the environment variable VIREO_HOME names."""
        if home := os.environ.get("VIREO_HOME"):
            return cls(Path(home), Path(home), Path(home) / "log")
        dirs = platformdirs.PlatformDirs("vireo", appauthor=False)
        return cls(dirs.user_config_path, dirs.user_data_path, dirs.user_log_path)

    @property
    def file(self) -> Path:
        """The configuration file."""
        return self.config / "config.toml"


def load(folders: Folders, environment: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration.

    Raises:
        ConfigError: the file or the environment says something unknown or impossible; the message names the place
    """
    in_file, given = _file(folders.file), _environment(environment)
    try:
        return Config.model_validate({**in_file, **given})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        place = f"{PREFIX}{name.upper()}" if name in given else str(folders.file)
        raise ConfigError(f"{place}: {one_line(name)}: {first['msg']}.", _nearest(name)) from error


def show(folders: Folders, environment: Mapping[str, str] = os.environ) -> str:
    """Each value, as TOML, with where it comes from."""
    config, in_file, given = load(folders, environment), _file(folders.file), _environment(environment)
    lines = [f"# {folders.file}"]
    for name, field in Config.model_fields.items():
        place = "environment" if name in given else "file" if name in in_file else "default"
        lines.append(f"{name} = {_toml(getattr(config, name))}  # {place}: {field.description}")
    return "\n".join(lines)


def change(folders: Folders, name: str, value: str) -> None:
    """Write one text value into the file, leaving its other lines as they are; ConfigError when it cannot be."""
    kept = [line for line in _lines(folders.file) if line.partition("=")[0].strip() != name]
    folders.config.mkdir(parents=True, exist_ok=True)
    try:
        folders.file.write_text("\n".join([f"{name} = {_toml(value)}", *kept]) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{folders.file} cannot be written: {error.strerror}.") from error
    load(folders)


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads("\n".join(_lines(path)))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}.", "Mend it: vireo config edit") from error


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error


def _environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """The fields that the environment sets; several folders are separated as in PATH."""
    given = {
        name: environment[key] for name in Config.model_fields if (key := f"{PREFIX}{name.upper()}") in environment
    }
    return {name: value.split(os.pathsep) if name == "roots" else value for name, value in given.items()}


def _nearest(name: str) -> str:
    near = get_close_matches(name, Config.model_fields, 1)
    return f"Did you mean {near[0]}?" if near and near[0] != name else "See: vireo config show"


def _toml(value: object) -> str:
    match value:
        case None:
            return '""'
        case tuple():
            return "[" + ", ".join(_toml(item) for item in value) + "]"
        case str() | Path():
            quoted = str(value).replace("\\", "\\\\").replace('"', '\\"')
            return f'"{quoted}"'
        case _:
            return str(value)
