"""Makes the media of the tests by code: pictures, clips, tones, spoken words, bombs and broken files."""

from __future__ import annotations

import ctypes
import importlib.util
import struct
import zlib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import zxingcpp
from av.video.frame import PictureType
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]

RED, GREEN, BLUE = (220, 30, 30), (30, 160, 60), (40, 70, 200)
YELLOW, WHITE, BLACK, GREY = (250, 210, 40), (255, 255, 255), (0, 0, 0), (128, 128, 128)
SKY, SEA, SAND = (150, 205, 245), (45, 110, 165), (225, 205, 160)

SIGN = "HARBOUR CAFE"
CODE = "https://example.org/harbour"


# Pictures


def code(text: str = CODE, scale: int = 4) -> Image.Image:
    """A QR code, black on white, with its quiet zone."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    return Image.fromarray(np.array(made.to_image(scale=scale))).convert("RGB")


def scene(sign: str = SIGN, payload: str = CODE) -> Image.Image:
    """960 x 640: a yellow sun top left, a white house with a red roof and the sign, a QR code on the right."""
    picture = Image.new("RGB", (960, 640), SKY)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 470, 960, 560), fill=SEA)
    draw.rectangle((0, 550, 960, 640), fill=SAND)
    draw.ellipse((60, 50, 170, 160), fill=YELLOW)
    _house(draw, sign)
    draw.polygon([(55, 480), (215, 480), (185, 525), (85, 525)], fill=RED)
    draw.rectangle((132, 380, 138, 480), fill=BLACK)
    draw.polygon([(142, 385), (142, 465), (205, 465)], fill=WHITE)
    picture.paste(code(payload), (765, 380))
    return picture


def _house(draw: ImageDraw.ImageDraw, sign: str) -> None:
    draw.rectangle((270, 250, 730, 560), fill=WHITE)
    draw.polygon([(240, 250), (760, 250), (500, 90)], fill=RED)
    draw.rectangle((300, 275, 700, 355), fill=BLUE)
    draw.text((500, 315), sign, font=ImageFont.load_default(48), fill=WHITE, anchor="mm")
    draw.rectangle((455, 400, 545, 560), fill=GREEN)
    for left in (315, 595):
        draw.rectangle((left, 400, left + 90, 490), fill=YELLOW, outline=BLACK, width=4)


def scene_picture(path: Path, sign: str = SIGN, payload: str = CODE) -> Path:
    """The drawn scene as a file, in the format that the path's ending names."""
    scene(sign, payload).save(path)
    return path


def corners(width: int = 60, height: int = 40) -> Image.Image:
    """Four quarters: red, green above blue, white; so that every turn can be told from every other."""
    picture = Image.new("RGB", (width, height), WHITE)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=RED)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=GREEN)
    draw.rectangle((0, height // 2, width // 2 - 1, height), fill=BLUE)
    return picture


def picture(path: Path, image: Image.Image | None = None, **save: Any) -> Path:
    """A picture (the four quarters, where none is given) as a file."""
    (image or corners()).save(path, **save)
    return path


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_bomb(path: Path, width: int = 30_000, height: int = 30_000) -> Path:
    """A valid one-bit PNG of a few kilobytes that would fill gigabytes as RGB."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    squeeze = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    body = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    return path


# Videos


def clip(
    path: Path,
    frames: Iterable[tuple[float, Pixels]],
    size: tuple[int, int] = (320, 180),
    *,
    codec: str = "mpeg4",
    bits: int = 400_000,
    key: int = 12,
    rate: int = 25,
    sound: NDArray[np.float32] | None = None,
    start: float = 0.0,
    **options: str,
) -> Path:
    """A video of (seconds, RGB) frames, with exact times in milliseconds; `start` shifts every timestamp."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate, options=options)
        stream.bit_rate, stream.gop_size, stream.pix_fmt = bits, key, "yuv420p"
        stream.width, stream.height = size
        stream.codec_context.time_base = Fraction(1, 1000)
        voice = (
            None if sound is None else _sound_stream(out, "libopus" if path.suffix == ".mkv" else "aac", 48_000, sound)
        )
        for at, pixels in frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts, frame.time_base, frame.pict_type = (
                round((at + start) * 1000),
                Fraction(1, 1000),
                PictureType.NONE,
            )
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if voice is not None and sound is not None:
            _mux_sound(out, voice, sound, start)
    return path


def _sound_stream(out: Any, codec: str, rate: int, samples: NDArray[np.float32]) -> Any:
    return out.add_stream(codec, rate=rate, layout="mono" if samples.ndim == 1 else "stereo")


def _mux_sound(out: Any, stream: Any, samples: NDArray[np.float32], start: float = 0.0) -> None:
    """Encodes mono or (channels, samples) sound."""
    planes = np.atleast_2d(samples).astype(np.float32)
    for first in range(0, planes.shape[1], 1024):
        block = np.ascontiguousarray(planes[:, first : first + 1024])
        frame = av.AudioFrame.from_ndarray(block, "fltp", stream.layout.name)
        frame.sample_rate, frame.time_base = stream.rate, Fraction(1, stream.rate)
        frame.pts = first + round(start * stream.rate)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def square(width: int, height: int, left: float, top: float, side: int, colour: Colour, ground: Colour) -> Pixels:
    """A plain background with a square on it."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = ground
    x, y = round(left), round(top)
    pixels[max(y, 0) : max(y + side, 0), max(x, 0) : max(x + side, 0)] = colour
    return pixels


def moving(
    seconds: float = 4.0,
    since: float = 0.5,
    until: float = 2.0,
    cut: float = 3.0,
    fps: float = 25.0,
    size: tuple[int, int] = (320, 180),
) -> Iterator[tuple[float, Pixels]]:
    """A red square goes from left to right on grey between `since` and `until`; at `cut` the background turns blue."""
    width, height = size
    side = height // 4
    for n in range(round(seconds * fps)):
        at = n / fps
        part = min(max((at - since) / (until - since), 0.0), 1.0)
        left = side / 2 + part * (width - 2 * side)
        if at + 1e-9 < cut:
            yield at, square(width, height, left, (height - side) / 2, side, RED, GREY)
        else:
            yield at, square(width, height, -side, 0, side, RED, BLUE)


def moving_clip(
    path: Path,
    *,
    size: tuple[int, int] = (320, 180),
    sound: NDArray[np.float32] | None = None,
    start: float = 0.0,
    **moves: Any,
) -> Path:
    """The moving square as a file; `moves` are the arguments of `moving`."""
    return clip(path, moving(size=size, **moves), size, sound=sound, start=start)


def turned_clip(path: Path, degrees: int = 90) -> Path:
    """The moving square with a mark in the MP4 header that says: show me turned clockwise by 90, 180 or 270."""
    body = bytearray(moving_clip(path, seconds=1.0).read_bytes())
    turns = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
    a, b, c, d = (value << 16 for value in turns[degrees])
    matrix = body.index(b"tkhd") + 4 + 40
    body[matrix : matrix + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(body)
    return path


# Sound


def sine(seconds: float = 1.0, hertz: float = 440.0, loudness: float = 0.5, rate: int = 16_000) -> NDArray[np.float32]:
    """A pure tone."""
    times = np.arange(round(seconds * rate)) / rate
    return (loudness * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def wav(path: Path, samples: NDArray[np.float32], rate: int = 16_000, codec: str = "pcm_s16le") -> Path:
    """Samples, mono or (channels, samples), as WAV, or as what the path's ending and the codec say."""
    with av.open(str(path), "w") as out:
        _mux_sound(out, _sound_stream(out, codec, rate, samples), samples)
    return path


def tone(
    path: Path, seconds: float = 1.0, hertz: float = 440.0, loudness: float = 0.5, rate: int = 16_000, **how: Any
) -> Path:
    """A pure tone as a file."""
    return wav(path, sine(seconds, hertz, loudness, rate), rate, **how)


def can_speak() -> bool:
    return importlib.util.find_spec("espeakng_loader") is not None


@cache
def _espeak() -> tuple[Any, int]:
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(2, 60, str(espeakng_loader.get_data_path()).encode(), 0)
    return library, rate


def spoken(text: str, voice: str = "en-us+f3", words_a_minute: int = 150) -> NDArray[np.float32]:
    """Words spoken by espeak-ng, mono at 16 kHz."""
    library, rate = _espeak()
    chunks: list[NDArray[np.int16]] = []

    def keep(wave: Any, count: int, _events: Any) -> int:
        if count > 0:
            chunks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)(keep)
    library.espeak_SetVoiceByName(voice.encode())
    library.espeak_SetParameter(1, words_a_minute, 0)
    library.espeak_SetSynthCallback(callback)
    letters = text.encode()
    library.espeak_Synth(letters, len(letters) + 1, 0, 0, 0, 1, None, None)
    return resampled(np.concatenate(chunks), rate)


def resampled(samples: NDArray[np.int16], rate: int) -> NDArray[np.float32]:
    """16-bit mono samples of any rate as float32 at 16 kHz."""
    frame = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler("flt", "mono", 16_000)
    parts = [part.to_ndarray()[0] for part in (*resampler.resample(frame), *resampler.resample(None))]
    return np.concatenate(parts).astype(np.float32)


def speech(path: Path, text: str, voice: str = "en-us+f3", pause: float = 0.3) -> Path:
    """Words spoken by espeak-ng as a 16 kHz WAV, with a pause before and after."""
    quiet = np.zeros(round(pause * 16_000), np.float32)
    return wav(path, np.concatenate([quiet, spoken(text, voice), quiet]))
