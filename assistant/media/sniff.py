"""Tells what a file is by its first bytes, never by its name."""

from __future__ import annotations

import re
import sys
from array import array
from dataclasses import dataclass
from itertools import pairwise

from assistant.errors import MediaError

HEAD = 4096
"""Bytes that `sniff` wants to see."""
KNOWN = (
    "Known are PNG, JPEG, GIF, WebP, BMP, TIFF, AVIF, HEIC, PDF; MP4, MKV, AVI and other videos; WAV, MP3, FLAC and "
    "other sound."
)
HEADERLESS = "If it is 16-bit sound without a header, say so with its rate: --raw 16000, or {name}#rate=16000."


@dataclass(frozen=True, slots=True)
class Format:
    """A format, and the one decoder that may read it."""

    name: str
    reader: str
    """Pillow's name of a picture format, or the FFmpeg demuxer."""
    picture: bool = False


def _picture(name: str, reader: str) -> Format:
    return Format(name, reader, picture=True)


RAW = Format("raw", "s16le")
"""Sound without a header: 16-bit little-endian samples of one channel."""
_MP3, _AAC, _FLAC = Format("mp3", "mp3"), Format("aac", "aac"), Format("flac", "flac")
_MOV, _MP4 = Format("mov", "mov"), Format("mp4", "mov")

_MAGIC: tuple[tuple[str, Format], ...] = (
    (r"\x89PNG\r\n\x1a\n", _picture("png", "PNG")),
    (r"\xff\xd8\xff", _picture("jpeg", "JPEG")),
    (r"GIF8[79]a", _picture("gif", "GIF")),
    (r"RIFF....WEBP", _picture("webp", "WEBP")),
    (r"BM........[\s\S]{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", _picture("bmp", "BMP")),
    (r"II[\x2a\x2b]\x00|MM\x00[\x2a\x2b]", _picture("tiff", "TIFF")),
    (r"P[1-6](?:(?:\s|#[^\r\n]*[\r\n])+\d{1,9}){2}\s", _picture("ppm", "PPM")),
    (r"%PDF-", _picture("pdf", "PDF")),
    (r"....ftyp(?:avi[fs]|mi[fa][1-9f].{4}(?:....){0,9}avif)", _picture("avif", "AVIF")),
    (r"....ftyp(?:hei[cfmsx]|hev[cmsx]|mi[fa][1-9f])", _picture("heif", "HEIF")),
    (r"....ftypM4[AB] ", Format("m4a", "mov")),
    (r"....ftypqt  |....(?:moov|mdat|wide|free|skip|pnot)", _MOV),
    (r"....ftyp", _MP4),
    (r"\x1a\x45\xdf\xa3", Format("matroska", "matroska")),
    (r"RIFF....AVI[ X\x19]", Format("avi", "avi")),
    (r"(?:RIFF|RF64|RIFX)....WAVE", Format("wav", "wav")),
    (r"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb", Format("w64", "w64")),
    (r"FORM....AIF[FC]", Format("aiff", "aiff")),
    (r"caff\x00", Format("caf", "caf")),
    (r"\.snd", Format("au", "au")),
    (r"#!AMR", Format("amr", "amr")),
    (r"OggS", Format("ogg", "ogg")),
    (r"fLaC", _FLAC),
    (r"FLV\x01", Format("flv", "flv")),
    (r"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Format("asf", "asf")),
    (r"\x00\x00\x01\xba", Format("mpeg", "mpeg")),
    (r"\x47.{187}\x47.{187}\x47", Format("mpegts", "mpegts")),
    (r"\xff[\xf0\xf1\xf8\xf9]", _AAC),
    (r"\xff[\xe2\xe3\xf2-\xf5\xfa-\xfd][\x00-\xef]", _MP3),
)
_PATTERNS = tuple((re.compile(magic.encode("latin-1"), re.DOTALL), format) for magic, format in _MAGIC)
_POINTS_ELSEWHERE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:#EXTM3U|ffconcat|file\s|\[playlist\]|\[reference\]|<asx|<smil|<MPD|v=0|rtsptext|[a-z]{3,5}://)",
    re.I,
)
_DRAWING = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!doctype|<svg|<html|%!PS)", re.I)


def sniff(head: bytes, name: str, rate: int = 0) -> Format:
    """The format of a file that begins with `head`; MediaError, naming the file `name`, if it is not one of ours.

    With a `rate` somebody says that it is sound without a header: then two bytes that could begin MP3 or AAC are
    samples, and so is whatever is unknown.
    """
    _refuse(head, name)
    found = next((format for pattern, format in _PATTERNS if pattern.match(head)), None)
    if found is None and head.startswith(b"ID3"):
        return _behind_tag(head)
    if rate and found in (None, _AAC, _MP3):
        return RAW
    if found is None:
        hint = HEADERLESS.format(name=name) if _could_be_sound(head) else KNOWN
        raise MediaError(f"{name} is no picture, video or sound of a known format", hint)
    return found


def _refuse(head: bytes, name: str) -> None:
    if _POINTS_ELSEWHERE.match(head):
        raise MediaError(f"{name} is a playlist: it only points at other files", "Give the file that it points at.")
    if _DRAWING.match(head):
        raise MediaError(f"{name} is a document, not a picture of pixels", "Save it as PNG, then give that.")


def _could_be_sound(head: bytes) -> bool:
    """Whether 16-bit samples follow each other as those of a sound do: near, and on both sides of zero."""
    samples = array("h", head[: len(head) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    if samples.count(0) > len(samples) // 2 or min(samples, default=0) >= 0 or max(samples) <= 0:
        return False
    steps = sum((after - before) ** 2 for before, after in pairwise(samples))
    return steps < sum(sample**2 for sample in samples)


def _behind_tag(head: bytes) -> Format:
    """The sound behind an ID3 tag; MP3 where the tag is longer than the head."""
    size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=False))
    behind = head[10 + size : 14 + size]
    if behind.startswith(b"fLaC"):
        return _FLAC
    return _AAC if re.match(rb"\xff[\xf0\xf1\xf8\xf9]", behind) else _MP3
