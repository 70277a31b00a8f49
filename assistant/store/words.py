"""Text as the full-text index needs it."""

import json
import re

_SCHEMES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"  # written without spaces between words
_SOLID = re.compile(f"([{_SCHEMES}])")
_APART = re.compile(f" ([{_SCHEMES}]) ")
_WORDS_AT_MOST = 32


def storable(text: str) -> str:
    """Text that SQLite takes and gives back whole."""
    return text.replace("\0", "").encode(errors="replace").decode()


def spaced(text: str) -> str:
    """Text whose words the index can tell apart, also in scripts that write none."""
    return _SOLID.sub(r" \1 ", text)


def joined(text: str) -> str:
    """The text that was `spaced`."""
    return _APART.sub(r"\1", text).strip()


def said(values: str, name: str) -> str:
    """A text of a JSON object, empty where it has none of that name."""
    value = json.loads(values).get(name)
    return "" if value is None else storable(str(value))


def full_text(text: str, junction: str) -> str:
    """A full-text query for the words of the user, who cannot write its syntax."""
    words = [word.replace('"', '""') for word in storable(text).split() if any(map(str.isalnum, word))]
    return junction.join(f'"{spaced(word)}"*' for word in words[:_WORDS_AT_MOST])
