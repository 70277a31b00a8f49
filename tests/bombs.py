"""Makes small files that ask for much: pixels, frames, seconds, tables, nesting, text and pages without end."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable, Iterator
from functools import reduce
from pathlib import Path

from PIL import Image

from tests import made

Bombs = Iterator[tuple[str, bytes]]
PNG = b"\x89PNG\r\n\x1a\n"
MOST = 2**31 - 1


SLOWER = (
    "png of the most pixels, interlaced",
    "png with much iCCP",
    "gif of many frames on a large screen",
    "tiff of the most pixels, deflated",
    "pdf of a picture 20000 wide",
    "flv of tags",
    "wav of chunks",
)
"""Those that are read in seconds."""


def quick_bombs(folder: Path) -> Bombs:
    return (bomb for bomb in all_bombs(folder) if bomb[0] not in SLOWER)


def all_bombs(folder: Path) -> Bombs:
    """(name, body) of each but the heavy ones; the folder is for what is made on the way."""
    yield from _png()
    yield from _gif()
    yield from _webp_and_avif(folder)
    yield from _tiff()
    yield from _other_pictures(folder)
    yield from _pages()
    yield from _drawings()
    yield from _movies(folder)
    yield from _matroska(folder)
    yield from _other_videos(folder)
    yield from _sounds(folder)


def zeros(megabytes: int) -> bytes:
    """So much of nothing, deflated to a thousandth."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = squeeze.compress(bytes(1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    check = (megabytes << 20) % 65_521 << 16 | 1
    return b"\x78\xda" + block * megabytes + b"\x03\0" + struct.pack(">I", check)


# PNG


def chunk(name: bytes, body: bytes = b"", length: int | None = None) -> bytes:
    size = struct.pack(">I", len(body) if length is None else length)
    return size + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes, bits: int = 8, colour: int = 0, interlaced: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    return PNG + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND")


def _png() -> Bombs:
    small, end = chunk(b"IDAT", zlib.compress(bytes(72))), MOST
    yield "png of 900 million pixels", png(30_000, 30_000, chunk(b"IDAT", zeros(108)), bits=1)
    yield "png of all pixels there can be", png(end, end, small)
    yield "png of one row", png(end, 1, small)
    yield "png of one column", png(1, end, small)
    yield "png of the most pixels, interlaced", png(7_200, 7_200, chunk(b"IDAT", zeros(52)), interlaced=1)
    yield "png whose body is far too long", png(8, 8, chunk(b"IDAT", zeros(512)))
    for name, head in ((b"zTXt", b"a\0\0"), (b"iTXt", b"a\0\1\0\0\0"), (b"iCCP", b"a\0\0")):
        yield f"png with 256 MiB of {name.decode()}", png(8, 8, chunk(name, head + zeros(256)), small)
        yield f"png with much {name.decode()}", png(8, 8, *[chunk(name, head + zeros(1))] * 100, small)
    yield "png of thirty thousand chunks", png(8, 8, *[chunk(b"teXt", b"a\0b")] * 30_000, small)
    yield "png with a chunk of 2 GiB", png(8, 8, chunk(b"IDAT", b"x", MOST))
    yield "png with a large palette", png(8, 8, chunk(b"PLTE", bytes(3 << 20)), small, colour=3)
    yield "png with exif without end", png(8, 8, chunk(b"eXIf", _exif_loop()), small)
    control = struct.pack(">II", MOST, 0)
    frame = struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 100, 0, 0)
    yield "png of two billion frames", png(8, 8, chunk(b"acTL", control), chunk(b"fcTL", frame), small)
    frames = b"".join(chunk(b"fcTL", struct.pack(">I", n) + frame[4:]) for n in range(150_000))
    yield "png of many frame controls", png(8, 8, chunk(b"acTL", control), frames, small)
    outside = struct.pack(">IIIIIHHBB", 0, 7, 7, MOST - 9, MOST - 9, 1, 100, 0, 0)
    yield "png with a frame outside", png(8, 8, chunk(b"acTL", control), small, chunk(b"fcTL", outside))


def _exif_loop() -> bytes:
    """A directory of EXIF that is its own sub-directory and its own successor."""
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry + struct.pack("<I", 8)


# GIF


def gif(width: int, height: int, body: Iterable[bytes], flags: int = 0x80) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, flags, 0, 0) + bytes(6) + b"".join(body) + b";"


def _gif_frame(width: int, height: int, codes: bytes = b"\x44\x01") -> bytes:
    return b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02" + bytes([len(codes)]) + codes + b"\0"


def _gif() -> Bombs:
    frame, control = _gif_frame(1, 1), b"\x21\xf9\x04\0\x01\0\0\0"
    yield "gif of four billion pixels", gif(65_535, 65_535, [_gif_frame(65_535, 65_535)])
    yield "gif of a million frames", gif(1, 1, [(control + frame) * 1_000_000])
    yield "gif of many frames on a large screen", gif(7_000, 7_000, [(control + frame) * 100])
    yield "gif with a frame larger than its screen", gif(1, 1, [_gif_frame(65_535, 65_535), control, frame])
    yield "gif of comments", gif(1, 1, [b"\x21\xfe" + (b"\xff" + b"a" * 255) * 100_000 + b"\0", frame])
    yield "gif without an end", gif(1, 1, [b"\x21\xff\x0bNETSCAPE2.0" + b"\xff" * 2_000_000])
    yield "gif of extensions", gif(1, 1, [b"\x21\x42\0" * 500_000, frame])


# WebP and AVIF


def riff(kind: bytes, *chunks: tuple[bytes, bytes], length: int | None = None) -> bytes:
    body = kind + b"".join(name + struct.pack("<I", len(part)) + part + bytes(len(part) % 2) for name, part in chunks)
    return b"RIFF" + struct.pack("<I", len(body) if length is None else length) + body


def _webp_and_avif(folder: Path) -> Bombs:
    def canvas(width: int, height: int, flags: int = 2) -> tuple[bytes, bytes]:
        return b"VP8X", bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")

    still = made.picture(folder / "seed.webp", lossless=True).read_bytes()[12:]
    part = (still[:4], still[8:])
    lossless = (b"VP8L", b"\x2f" + (16_383 | 16_383 << 14).to_bytes(4, "little") + bytes(64))
    frame = (b"ANMF", bytes(6) + b"\x3b\0\0\x27\0\0\x64\0\0\0" + still)
    yield "webp of 268 million pixels", riff(b"WEBP", lossless)
    yield "webp on the largest canvas", riff(b"WEBP", canvas(1 << 24, 1 << 24), part)
    yield "webp of many frames", riff(b"WEBP", canvas(60, 40), (b"ANIM", bytes(6)), *[frame] * 20_000)
    yield "webp of frames on a large canvas", riff(b"WEBP", canvas(7_000, 7_000), (b"ANIM", bytes(6)), *[frame] * 500)
    yield "webp that lies of its length", riff(b"WEBP", part, length=2**32 - 2)
    yield "webp with 32 MiB of exif", riff(b"WEBP", canvas(60, 40, 8), part, (b"EXIF", bytes(32 << 20)))
    small = bytearray(made.picture(folder / "seed.avif").read_bytes())
    sizes = small.index(b"ispe") + 8
    small[sizes : sizes + 8] = struct.pack(">II", 65_535, 65_535)
    yield "avif of four billion pixels", bytes(small)


# TIFF


def tiff(*entries: tuple[int, int, int, int], after: int = 0, body: bytes = b"") -> bytes:
    """One directory of (tag, type, count, value), then the number of the next one, then the body at offset 4096."""
    rows = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + rows + struct.pack("<I", after)
    return head.ljust(4096, b"\0") + body


def grey(
    width: int, height: int, size: int, *more: tuple[int, int, int, int], packed: int = 1
) -> list[tuple[int, int, int, int]]:
    kept = {tag for tag, *_ in more}
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, packed), (262, 3, 1, 1)]
    entries += [(273, 4, 1, 4096), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, size)]
    return [entry for entry in entries if entry[0] not in kept] + list(more)


def _tiff() -> Bombs:
    pixels = bytes(64)
    yield "tiff of all pixels there can be", tiff(*grey(2**32 - 1, 2**32 - 1, 64), body=pixels)
    yield "tiff of one endless row", tiff(*grey(2**32 - 1, 1, 64), body=pixels)
    yield "tiff of 4 billion strips", tiff(*grey(8, 8, 64, (273, 4, 2**32 - 1, 4096)), body=pixels)
    yield "tiff that is its own next page", tiff(*grey(8, 8, 64), after=8, body=pixels)
    yield "tiff of 65535 samples", tiff(*grey(8, 8, 64, (277, 3, 1, 65_535)), body=pixels)
    yield "tiff of 65535 bits", tiff(*grey(8, 8, 64, (258, 3, 1, 65_535)), body=pixels)
    squeezed = zeros(512)
    yield "tiff whose strip is far too long", tiff(*grey(8, 8, len(squeezed), packed=8), body=squeezed)
    yield "tiff of the most pixels, deflated", tiff(*grey(7_200, 7_200, len(zeros(52)), packed=8), body=zeros(52))
    tiles = ((322, 4, 1, 2**31), (323, 4, 1, 2**31), (324, 4, 1, 4096), (325, 4, 1, 64))
    yield "tiff of one huge tile", tiff(*grey(8, 8, 64, *tiles), body=pixels)
    yield "tiff with a tag of 4 GiB", tiff(*grey(8, 8, 64, (270, 2, 2**32 - 1, 4096)), body=pixels)
    yield (
        "tiff of 60000 tags",
        b"II*\0\x08\0\0\0" + struct.pack("<H", 60_000) + struct.pack("<HHII", 700, 1, 9, 8) * 60_000,
    )
    page = io.BytesIO()
    one = Image.new("1", (1, 1))
    one.save(page, "TIFF", save_all=True, append_images=[one] * 500)
    yield "tiff of five hundred pages", page.getvalue()


# Other pictures


def _other_pictures(folder: Path) -> Bombs:
    header = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 200, 0, 0, 54, 40, MOST, MOST, 1, 24, 0, 0, 0, 0, 0, 0)
    yield "bmp of all pixels there can be", header + bytes(200)
    upside_down = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 200, 0, 0, 54, 40, 30_000, -30_000, 1, 1, 0, 0, 0, 0, 0, 0)
    yield "bmp of 900 million pixels, upside down", upside_down + bytes(200)
    packed = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 0, 0, 0, 1078, 40, 7_000, 7_000, 1, 8, 1, 0, 0, 0, 256, 0)
    yield "bmp of runs", packed + bytes(1024) + b"\xff\x01" * 200_000 + b"\0\x01"
    yield "ppm of all pixels there can be", b"P6 2147483647 2147483647 255\n" + bytes(64)
    yield "ppm with an endless number", b"P6 " + b"9" * 5_000_000
    yield "ppm with an endless comment", b"P3 #" + b"a" * 20_000_000
    yield "pgm of plain numbers", b"P2 7000 7000 255\n" + b"1 " * 500_000
    small = made.picture(folder / "seed.jpg").read_bytes()
    frame = small.index(b"\xff\xc0") + 5
    yield "jpeg of four billion pixels", small[:frame] + b"\xff\xff\xff\xff" + small[frame + 4 :]
    yield "jpeg of notes", small[:2] + (b"\xff\xe2\xff\xff" + bytes(65_533)) * 400 + small[2:]
    loop = b"Exif\0\0" + _exif_loop()
    yield "jpeg with exif without end", small[:2] + b"\xff\xe1" + struct.pack(">H", len(loop) + 2) + loop + small[2:]
    yield "jpeg of many passes", _passes()
    yield "jpeg without an end", small[:-2] + b"\xff\xd0" * 5_000_000


def _passes() -> bytes:
    """A progressive picture of 4000 x 4000 whose last pass comes two thousand times."""
    kept = io.BytesIO()
    Image.new("L", (4_000, 4_000), 128).save(kept, "JPEG", progressive=True)
    body = kept.getvalue()
    last = body.rindex(b"\xff\xda")
    return body[:last] + body[last:-2] * 2_000 + body[-2:]


# PDF


def pdf(*objects: bytes) -> bytes:
    """Objects from 1 on; the first is the catalogue."""
    body, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer


def stream(body: bytes, words: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (words, len(body), body)


def page(content: bytes, *more: bytes, box: bytes = b"0 0 200 200", uses: bytes = b"") -> bytes:
    """A document of one page; further objects begin at 5."""
    one = b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<<%s>>>>" % (box, uses)
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", one, content, *more)


def _pages() -> Bombs:
    empty = stream(b"")
    for box in (b"0 0 1e9 1e9", b"0 0 1e-9 1e9", b"0 0 0 0", b"-1e38 -1e38 1e38 1e38", b"0 0 nan inf"):
        yield f"pdf on paper of {box.decode()}", page(empty, box=box)
    yield (
        "pdf of a billion pages",
        pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 999999999>>"),
    )
    deep = [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (n + 3) for n in range(5_000)]
    yield "pdf of pages in pages", pdf(b"<</Type/Catalog/Pages 2 0 R>>", *deep, b"<</Type/Page/MediaBox[0 0 9 9]>>")
    many = b"/Filter[%s]" % (b"/FlateDecode" * 200)
    yield (
        "pdf deflated two hundred times",
        page(stream(reduce(lambda body, _: zlib.compress(body), range(200), b"x"), many)),
    )


def heavy_bombs() -> Bombs:
    """Documents that keep their drawer busy until it is ended."""
    flate = b"/Filter/FlateDecode"
    yield "pdf of 1 GiB of spaces", page(stream(zeros(1024), flate))
    twice = zlib.compress(zeros(1024))
    yield "pdf deflated twice", page(stream(twice, b"/Filter[/FlateDecode/FlateDecode]"))
    yield "pdf of a million lines", page(stream(zlib.compress(b"0 0 m 200 200 l S\n" * 1_000_000), flate))
    yield "pdf of saved states", page(stream(zlib.compress(b"q " * 3_000_000), flate))
    laughs = [
        stream(
            b"/X%d Do " % (n + 1) * 12,
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X%d %d 0 R>>>>" % (n + 1, n + 6),
        )
        for n in range(12)
    ]
    last = stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    yield "pdf of a billion laughs", page(stream(b"/X0 Do"), *laughs, last, uses=b"/XObject<</X0 5 0 R>>")
    tile = b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 0.001/YStep 0.001/Resources<<>>"
    painted = stream(b"/Pattern cs /P scn 0 0 200 200 re f")
    yield "pdf of tiny tiles", page(painted, stream(b"0 0 1 1 re f", tile), uses=b"/Pattern<</P 5 0 R>>")


def _drawings() -> Bombs:
    itself = stream(b"/X0 Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X0 5 0 R>>>>")
    yield "pdf of a form in itself", page(stream(b"/X0 Do"), itself, uses=b"/XObject<</X0 5 0 R>>")
    words = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode"
    for width, body in ((60_000, zeros(64)), (20_000, zeros(1200))):
        image = stream(body, words % (width, width))
        yield (
            f"pdf of a picture {width} wide",
            page(stream(b"200 0 0 200 0 0 cm /I Do"), image, uses=b"/XObject<</I 5 0 R>>"),
        )
    yield "pdf of brackets", page(stream(b"[" * 2_000_000))
    yield "pdf of dictionaries", b"%PDF-1.7\n1 0 obj\n" + b"<</A" * 1_000_000
    yield "pdf of no table", b"%PDF-1.7\n" + b"1 0 obj\n<<>>\nendobj\n" * 300_000
    script = b"<</S/JavaScript/JS(while(true){};app.launchURL\\('http://127.0.0.1/'\\))>>"
    opening = b"<</Type/Catalog/Pages 2 0 R/OpenAction 5 0 R>>"
    scripted = page(stream(b""), script).replace(b"<</Type/Catalog/Pages 2 0 R>>", opening)
    yield "pdf with a script", scripted


# MP4


def box(name: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    return struct.pack(">I", len(body) + 8 if size is None else size) + name + body


def put(body: bytes, name: bytes, offset: int, value: bytes) -> bytes:
    """The file with other bytes at an offset behind each place where a name stands."""
    copy, place = bytearray(body), -1
    while (place := body.find(name, place + 1)) >= 0:
        start = place + len(name) + offset
        copy[start : start + len(value)] = value
    return bytes(copy)


def _movies(folder: Path) -> Bombs:
    clip = made.moving_clip(
        folder / "seed.mp4", seconds=0.4, size=(64, 48), sound=made.sine(0.3, rate=48_000)
    ).read_bytes()
    whole, head = 2**32 - 1, b"\xff\xff\xff\xff"
    yield "mp4 that lasts for ages", put(clip, b"mvhd", 16, head)
    yield "mp4 whose tracks last for ages", put(clip, b"mdhd", 16, head)
    yield "mp4 of four billion ticks a second", put(clip, b"mdhd", 12, head)
    yield "mp4 of one tick a second", put(clip, b"mdhd", 12, struct.pack(">I", 1))
    yield "mp4 of no ticks a second", put(clip, b"mdhd", 12, bytes(4))
    for table in (b"stts", b"stsc", b"stco", b"stss", b"ctts", b"elst"):
        yield f"mp4 of four billion {table.decode()}", put(clip, table, 4, head)
    yield "mp4 of four billion samples", put(clip, b"stsz", 4, struct.pack(">II", 1, whole))
    yield "mp4 whose samples last for ages", put(clip, b"stts", 8, struct.pack(">II", 9, whole))
    yield "mp4 of huge pictures", put(clip, b"mp4v", 24, b"\xff\xff\xff\xff")
    yield "mp4 of nested boxes", box(b"ftyp", b"isom") + reduce(lambda body, _: box(b"moov", body), range(20_000), b"")
    yield "mp4 of a box of no size", box(b"ftyp", b"isom") + box(b"moov", size=0) + bytes(1 << 20)
    tracks = clip[clip.index(b"trak") - 4 :][: int.from_bytes(clip[clip.index(b"trak") - 4 : clip.index(b"trak")])]
    header = clip[clip.index(b"mvhd") - 4 :][:108]
    yield "mp4 of three thousand tracks", box(b"ftyp", b"isom\0\0\2\0isom") + box(b"moov", header + tracks * 3_000)
    yield "mp4 of empty boxes", box(b"ftyp", b"isom") + box(b"free") * 500_000
    yield "mp4 of fragments", clip + (box(b"moof", box(b"mfhd", bytes(8))) + box(b"mdat")) * 20_000
    tags = box(b"\xa9nam", box(b"data", bytes(8) + b"a" * 100)) * 50_000
    yield "mp4 of names", clip + box(b"moov", header + box(b"udta", box(b"meta", bytes(4) + box(b"ilst", tags))))


# Matroska


def element(name: bytes, body: bytes = b"", size: bytes | None = None) -> bytes:
    return name + ((1 << 56) + len(body) | 0).to_bytes(8, "big") + body if size is None else name + size + body


def _matroska(folder: Path) -> Bombs:
    clip = made.moving_clip(folder / "seed.mkv", seconds=0.4, size=(64, 48)).read_bytes()
    head = element(b"\x1aE\xdf\xa3", element(b"B\x82", b"matroska"))
    segment, unknown = b"\x18S\x80g", b"\x01\xff\xff\xff\xff\xff\xff\xff"
    nested = reduce(lambda body, _: element(b"g\xc8", body), range(3_000), b"")
    tagged = element(b"g\xc8", element(b"E\xa3", b"A") + element(b"D\x87", b"b" * 64))
    yield "mkv of nested tags", head + element(segment, element(b"\x12T\xc3g", element(b"ss", nested)))
    yield "mkv of tags", clip + element(b"\x12T\xc3g", element(b"ss", tagged * 50_000))
    yield "mkv of an endless segment", head + element(segment, b"\xec\x80" * 1_000_000, unknown)
    yield "mkv of an element of all bytes", head + element(segment, b"", b"\x01" + b"\xff" * 6 + b"\xfe")
    yield "mkv of empty clusters", head + element(segment, element(b"\x1fC\xb6u", element(b"\xe7", b"\0")) * 100_000)
    video = element(b"\xe0", element(b"\xb0", b"\x7f\xff\xff\xff") + element(b"\xba", b"\x7f\xff\xff\xff"))
    track = element(b"\xd7", b"\x01") + element(b"\x83", b"\x01") + element(b"\x86", b"V_UNCOMPRESSED") + video
    yield "mkv of huge raw pictures", head + element(segment, element(b"\x16T\xaek", element(b"\xae", track)))
    yield (
        "mkv of ten thousand tracks",
        head + element(segment, element(b"\x16T\xaek", element(b"\xae", track) * 10_000)),
    )
    yield "mkv of no time", clip.replace(b"*\xd7\xb1", b"*\xd7\xb1\x83\0\0\0*\xd7\xb1"[:3])
    attached = element(b"a\xa7", element(b"Fn", b"a.mkv") + element(b"F\\", clip * 40))
    yield "mkv of files in files", clip + element(b"\x19A\xa4i", attached * 200)


# Other videos


def _other_videos(folder: Path) -> Bombs:
    clip = made.moving_clip(folder / "seed.avi", seconds=0.4, size=(64, 48)).read_bytes()
    most = b"\xff\xff\xff\x7f"
    yield "avi of two billion frames a second", put(clip, b"strhvids", 16, struct.pack("<I", 1) + most)
    yield "avi of no frames a second", put(clip, b"strhvids", 16, bytes(8))
    yield "avi of a frame in ages", put(clip, b"strhvids", 16, most + struct.pack("<I", 1))
    yield "avi of huge pictures", put(clip, b"strf", 8, most + most)
    yield (
        "avi of an endless index",
        clip + b"idx1" + struct.pack("<I", 2**31) + b"00dc\x10\0\0\0\0\0\0\0\0\0\0\0" * 100_000,
    )
    nested = reduce(lambda body, _: b"LIST" + struct.pack("<I", len(body) + 4) + b"rec " + body, range(3_000), b"")
    yield "avi of nested lists", clip + nested
    packet = b"\x47\x40\0\x10\0" + b"\xff" * 183
    programs = b"".join(struct.pack(">HH", n, 0xE000 | n) for n in range(1, 42))
    table = b"\0\xb0" + bytes([len(programs) + 9]) + b"\0\1\xc1\0\0" + programs
    yield "ts of many programs", (b"\x47\x40\0\x10\0" + table).ljust(188, b"\xff") + packet * 100_000
    yield "flv of tags", b"FLV\x01\x05\0\0\0\x09\0\0\0\0" + (b"\x12\0\0\x01" + bytes(7) + b"\x0a\0\0\0\x0c") * 100_000
    nested_script = b"\x0a\0\0\0\x01" * 100_000
    script = b"\x12" + len(nested_script).to_bytes(3, "big") + bytes(7) + nested_script
    yield "flv of nested lists", b"FLV\x01\x05\0\0\0\x09\0\0\0\0" + script
    yield "mpeg of pack heads", b"\0\0\x01\xba\x44\0\4\0\4\1\0\0\3\xf8" * 500_000
    objects = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + struct.pack("<QIBB", 2**63, 2**32 - 1, 1, 2)
    yield "asf of four billion objects", objects + bytes(1 << 20)
    yield "zip in a picture", PNG + b"PK\3\4" + bytes(1 << 20)


# Sound


def _sounds(folder: Path) -> Bombs:
    def wave(channels: int, rate: int, bits: int, data: bytes, length: int | None = None, code: int = 1) -> bytes:
        block = max(channels * bits // 8, 1) & 0xFFFF
        shape = struct.pack("<HHIIHH", code, channels, rate, rate * block & 0xFFFFFFFF, block, bits)
        size = struct.pack("<I", len(data) if length is None else length)
        return riff(b"WAVE", (b"fmt ", shape))[:36] + b"data" + size + data

    yield "wav of 4 GiB that are not there", wave(1, 16_000, 16, bytes(32_000), 2**32 - 1)
    yield "wav of one sample a second", wave(1, 1, 8, bytes(20_000_000))
    yield "wav of two billion samples a second", wave(1, MOST, 16, bytes(2_000_000))
    yield "wav of 65535 channels", wave(65_535, 16_000, 8, bytes(4_000_000))
    yield "wav of no channels", wave(0, 0, 0, bytes(1000))
    yield "wav of odd rates", wave(2, 999_983, 32, bytes(8_000_000), code=3)
    yield "wav of chunks", riff(b"WAVE", *[(b"LIST", b"INFO")] * 50_000)
    yield "wav of 12 hours in a megabyte", wave(1, 22, 8, bytes(1_000_000))
    flac = made.tone(folder / "seed.flac", 0.3, codec="flac").read_bytes()
    yield "flac of all samples there can be", flac[:21] + b"\x0f\xff\xff\xff" + flac[25:]
    yield "flac of padding", flac[:4] + b"\x01\xff\xff\xff" + bytes(0xFFFFFF) + flac[4:]
    yield "flac of comments", flac[:4] + b"\x04\0\0\x08\0\0\0\0\xff\xff\xff\x7f" + flac[4:]
    mp3 = made.tone(folder / "seed.mp3", 0.3, codec="libmp3lame", rate=24_000).read_bytes()
    yield "mp3 behind a tag of 256 MiB", b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(1000) + mp3
    yield "mp3 of tags", b"ID3\4\0\0\0\0\0\0" * 200_000 + mp3
    yield "mp3 of a compressed tag", b"ID3\3\0\0\0\x7f\x7f\x7fTIT2\0\0\xff\xff\0\x80\x7f\xff\xff\xff" + zeros(64) + mp3
    ogg = made.tone(folder / "seed.ogg", 0.3, codec="libopus", rate=48_000).read_bytes()
    yield "ogg of pages", ogg + b"OggS\0\0" + bytes(20) + b"\0"
    empty = b"OggS\0\0" + b"\xff" * 8 + struct.pack("<II", 7, 0) + bytes(4) + b"\0"
    yield (
        "ogg of many streams",
        b"".join(b"OggS\0\2" + bytes(8) + struct.pack("<II", n, 0) + bytes(4) + b"\0" for n in range(50_000)),
    )
    yield "ogg that ends in ages", ogg + empty * 1000
    yield (
        "au of endless rates",
        struct.pack(">4sIIIII", b".snd", 24, 2**32 - 1, 3, 2**32 - 1, 2**32 - 1) + bytes(100_000),
    )
    yield (
        "caf of endless rates",
        b"caff\0\1\0\0desc" + struct.pack(">Qd4sIIIII", 32, 1e300, b"lpcm", 0, 2, 1, 1, 16) + bytes(1000),
    )
    form = b"COMM" + struct.pack(">IhIh", 18, 1, 2**32 - 1, 16) + b"\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    yield "aiff of endless rates", b"FORM\0\0\1\0AIFF" + form + b"SSND\xff\xff\xff\xff" + bytes(100_000)
    yield "amr of nothing", b"#!AMR\n" + b"\x7c" * 5_000_000
