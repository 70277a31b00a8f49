"""Cleaning of foreign text before anybody sees it: no control sequence reaches a terminal."""

import re

_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # bidirectional and deprecated format controls
    "\u2028\u2029\ufeff\ufff9-\ufffb"  # separators, interlinear annotation
    "\U000e0000-\U000e007f"  # tags
    "\ud800-\udfff"  # lone surrogates, as in undecodable file names
)
_STRING = "[^\x07\x1b\x90\x98\x9c-\x9f]*+"  # stops at the next introducer, so that the time is linear
_ESCAPE = re.compile(
    f"(?:\x1b\\]|\x9d){_STRING}(?:\x07|\x1b\\\\|\x9c)"  # OSC, with its payload
    f"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f]){_STRING}(?:\x1b\\\\|\x9c)"  # DCS, SOS, PM, APC
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI
    "|\x1b[ -/]*[0-~]?"  # the two-character escapes
)
_CONTROL = re.compile(f"[{_UNSEEN}]")


def clean(text: str) -> str:
    r"""The text without escape sequences and control characters; ``\r\n`` and ``\r`` become ``\n``."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", _ESCAPE.sub("", text))


def one_line(text: str, longest: int = 200) -> str:
    """Cleaned text on one line, cut to a length with an ellipsis."""
    line = " ".join(clean(text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
