"""What a made request is about: attached files as the model is told of them."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from assistant.training.vocabulary import Vocabulary

Kind = Literal["picture", "video", "sound"]
_SIZES = ((640, 480), (1920, 1080), (1280, 720), (800, 600), (4032, 3024), (320, 240), (512, 512), (1080, 1920))


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the user's."""

    source: str
    kind: Kind
    width: int = 0
    height: int = 0
    seconds: float = 0.0

    @property
    def headline(self) -> str:
        """The line of a user's message that names it."""
        size = f" {self.width}x{self.height}" if self.width else ""
        length = f", {self.seconds:g} s" if self.seconds else ""
        return f"[attachment: {self.source} | {self.kind}{size}{length}]"


def attachment(kind: str, rng: Random, vocabulary: Vocabulary) -> Attachment:
    """A file of a kind: picture, document, video or sound; a document is a picture with pages."""
    source = vocabulary.path(rng, kind)
    width, height = rng.choice(_SIZES)
    seconds = round(rng.choice((rng.uniform(3, 60), rng.uniform(60, 900))), rng.choice((0, 1, 2)))
    match kind:
        case "video":
            return Attachment(source, "video", width, height, seconds)
        case "sound":
            return Attachment(source, "sound", seconds=seconds)
        case _:
            return Attachment(source, "picture", width, height)
