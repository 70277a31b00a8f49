"""Reads pages of PDF with pdfium as pictures; scripts, links and forms stay dead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from assistant.errors import MediaError
from assistant.media.failures import BROKEN
from assistant.media.limits import Limits
from assistant.media.opening import MediaFile
from assistant.media.pictures import Pixels, no_page
from assistant.readings import MediaInfo
from assistant.types import Frame

SHARPNESS = 200 / 72
"""Pixels a point: 200 a printed inch, at which small print can be read."""
LONGEST = 8_000
"""Pixels of the longer edge of a page."""
_alone = Lock()
"""pdfium does one thing at a time."""


def info(media: MediaFile, limits: Limits) -> MediaInfo:
    """The size of the page as it is shown, and how many pages there are."""
    with _alone, _page(media) as (page, pages):
        width, height = _size(page, limits)
    notes = (f"has {pages} pages: a part such as #page=2 names one",) if pages > 1 else ()
    return MediaInfo(media.source, "picture", media.format.name, width, height, pages=pages, notes=notes)


def frame(media: MediaFile, limits: Limits, longest: int = 0) -> Frame:
    """The page on white, the first where the source names none, with no edge over `longest` where that is not 0."""
    with _alone, _page(media) as (page, _):
        width, height = _size(page, limits, longest)
        return Frame(_drawn(page, width, height), 0.0, media.source)


@contextmanager
def _page(media: MediaFile) -> Iterator[tuple[pypdfium2.PdfPage, int]]:
    """The page that the source names, and the number of pages."""
    document = _document(media)
    try:
        pages, number = len(document), max(media.part.page, 1)
        if number > pages:
            raise no_page(media.name, number, pages) if pages else MediaError(f"{media.name} has no pages", BROKEN)
        page = document[number - 1]
        try:
            yield page, pages
        finally:
            page.close()
    finally:
        document.close()


def _document(media: MediaFile) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(media.bytes)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise MediaError(f"{media.name} is locked with a password", "Save a copy without a password.") from error
        raise MediaError(f"{media.name} is no PDF that can be read", BROKEN) from error


def _size(page: pypdfium2.PdfPage, limits: Limits, longest: int = 0) -> tuple[int, int]:
    """Pixels of the page, which is scaled down where it has too many."""
    width, height = (max(float(points), 0.1) for points in page.get_size())
    edge = min(longest or LONGEST, LONGEST)
    scale = min(SHARPNESS, edge / max(width, height), (limits.pixels / (width * height)) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))


def _drawn(page: pypdfium2.PdfPage, width: int, height: int) -> Pixels:
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_BGR, rev_byteorder=True)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        flags = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
        return np.ascontiguousarray(bitmap.to_numpy())
    finally:
        bitmap.close()
