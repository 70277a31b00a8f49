"""The texts that models are given: one Markdown file a purpose, the user's own before ours."""

from pathlib import Path
from string import Template

from assistant.errors import ConfigError


class PromptFolders:
    """The `Prompts` found in some folders; an earlier folder overrides a later one."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    def text(self, purpose: str, **values: str) -> str:
        """The text for a purpose, with each ``$name`` replaced; ConfigError when the file or a value is missing."""
        for folder in self._folders:
            path = folder / f"{purpose}.md"
            if path.is_file():
                return _filled(path, values)
        raise ConfigError(f"There is no prompt for {purpose}.", f"It is looked for in {self._folders[-1]}.")


def _filled(path: Path, values: dict[str, str]) -> str:
    try:
        return Template(path.read_text(encoding="utf-8")).substitute(values).strip()
    except (KeyError, ValueError) as error:
        raise ConfigError(f"The prompt {path} names something unknown: {error}", "Write $$ for a plain $.") from error
    except OSError as error:
        raise ConfigError(f"The prompt {path} cannot be read: {error.strerror}.") from error
