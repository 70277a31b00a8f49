"""The texts that models are given: one Markdown file a purpose, the user's own before ours."""

from pathlib import Path
from string import Template

from assistant.errors import ConfigError
from assistant.safe_text import one_line


class PromptFolders:
    """The `Prompts` found in some folders; an earlier folder overrides a later one."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    def text(self, purpose: str, **values: str) -> str:
        """The text for a purpose, with each ``$name`` replaced, once; values that it does not name are left out.

        Raises:
            ConfigError: there is no such file, or it names something that has no value
        """
        if not purpose.isidentifier():
            raise ConfigError(
                f"{one_line(purpose)!r} is no name of a prompt.", "A name has letters, digits and _ only."
            )
        for folder in self._folders:
            path = folder / f"{purpose}.md"
            if path.is_file():
                return _filled(path, _read(path), values)
        places = " and ".join(map(str, self._folders))
        raise ConfigError(f"There is no prompt for {purpose}.", f"It is looked for in {places}.")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"The prompt {path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"The prompt {path} is not UTF-8 text.", "Save it as UTF-8.") from error


def _filled(path: Path, text: str, values: dict[str, str]) -> str:
    try:
        return Template(text).substitute(values).strip()
    except KeyError as error:
        known = ", ".join(f"${name}" for name in values) or "no names"
        raise ConfigError(f"The prompt {path} names ${error.args[0]}.", f"It may name: {known}.") from error
    except ValueError as error:
        raise ConfigError(f"The prompt {path} has a $ without a name: {error}.", "Write $$ for a plain $.") from error
