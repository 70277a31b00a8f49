"""Everything Vireo raises on purpose.

AssistantError
  UsageError        a command was called in a way that makes no sense
  ConfigError       the configuration cannot be read, or says something unknown
  MediaError        a file or stream cannot be decoded, or is over the limits
  ModelError        a model cannot be loaded, or has failed
  StoreError        the conversations cannot be read or written
  ToolError         a tool cannot be loaded, or may not run
  LostError         the process at the other end of a pipe has ended, or is mute
  StoppedError      the work was stopped because somebody asked for it
"""


class AssistantError(Exception):
    """A problem to be shown to the user: one line what happened, and a hint what to do about it."""

    told = False
    """A JSON object with it was printed already."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def sentence(self) -> str:
        """What happened and what to do, on one line."""
        return " ".join(text if text[-1] in ".!?" else f"{text}." for text in (str(self), self.hint) if text)


class UsageError(AssistantError):
    """A command was called in a way that makes no sense."""


class ConfigError(AssistantError):
    """The configuration cannot be read, or says something unknown."""


class MediaError(AssistantError):
    """A file or stream cannot be decoded, or is over the limits."""


class ModelError(AssistantError):
    """A model cannot be loaded, or has failed."""


class StoreError(AssistantError):
    """The conversations cannot be read or written."""


class ToolError(AssistantError):
    """A tool cannot be loaded, or may not run."""


class LostError(AssistantError):
    """The process at the other end of a pipe has ended, or is mute."""


class StoppedError(AssistantError):
    """The work was stopped because somebody asked for it."""
