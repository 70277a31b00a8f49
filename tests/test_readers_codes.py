"""Codes are read right or not at all."""

import cv2
import numpy as np
import pytest
import zxingcpp

from assistant.readers.codes import codes
from assistant.types import Frame
from tests.public_media import known, public_files, public_picture


def _printed(text: str, kind: zxingcpp.BarcodeFormat) -> np.ndarray:
    code = np.asarray(zxingcpp.create_barcode(text, kind).to_image(scale=3, add_quiet_zones=True))
    page = np.full((400, 640, 3), 255, np.uint8)
    page[100 : 100 + code.shape[0], 120 : 120 + code.shape[1]] = code[:, :, None]
    return page


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (zxingcpp.BarcodeFormat.QRCode, "https://example.org/a?b=1"),
        (zxingcpp.BarcodeFormat.DataMatrix, "lot 42"),
        (zxingcpp.BarcodeFormat.Aztec, "seat 17F"),
        (zxingcpp.BarcodeFormat.EAN13, "4006381333931"),
        (zxingcpp.BarcodeFormat.UPCA, "036000291452"),
        (zxingcpp.BarcodeFormat.Code128, "Vireo-128"),
    ],
)
def test_a_printed_code_is_read_with_its_place(kind: zxingcpp.BarcodeFormat, payload: str) -> None:
    found = codes(Frame(_printed(payload, kind), 2.5, "page"))
    assert [(code.text, code.source, code.at) for code in found] == [(payload, "page", 2.5)]
    assert found[0].kind == str(kind)
    left, top, right, bottom = found[0].box or (0, 0, 0, 0)
    assert 0.18 < left < right < 0.95 and 0.2 < top <= bottom < 0.9


def test_codes_come_from_top_to_bottom() -> None:
    upper = _printed("first", zxingcpp.BarcodeFormat.QRCode)
    lower = _printed("second", zxingcpp.BarcodeFormat.QRCode)
    assert [code.text for code in codes(Frame(np.vstack([upper, lower])))] == ["first", "second"]


def test_a_turned_code_is_read() -> None:
    page = _printed("turned", zxingcpp.BarcodeFormat.QRCode)
    turn = cv2.getRotationMatrix2D((320, 200), 33, 1)
    found = codes(Frame(cv2.warpAffine(page, turn, (640, 400), borderValue=(255, 255, 255))))
    assert [code.text for code in found] == ["turned"]


def test_noise_and_stripes_hold_no_code() -> None:
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (300, 400, 3)).astype(np.uint8)
    stripes = np.repeat((random.random(400) < 0.5).astype(np.uint8)[None] * 255, 300, 0)
    assert codes(Frame(noise)) == ()
    assert codes(Frame(np.dstack([stripes] * 3))) == ()


@pytest.mark.parametrize(
    "file",
    [
        "barcode_can.png",
        "barcode_upca_cv2_misread.png",
        "barcode_code128_pair.png",
        "qr_sony_ad.png",
        "qr_station_display.png",
        "screen_qr_terminal.png",
    ],
)
def test_a_photographed_code_is_read_right(file: str) -> None:
    payload = known(file)["payload"]
    expected = payload if isinstance(payload, list) else [payload]
    found = codes(public_picture(file))
    assert [code.text for code in found] == expected
    assert {code.kind.replace(" ", "") for code in found} <= {known(file).get("symbology", ""), "QRCode"}


@pytest.mark.parametrize("kind", ["photo", "document", "chart", "blank"])
def test_no_code_is_seen_where_there_is_none(kind: str) -> None:
    assert {file: codes(public_picture(file)) for file in public_files(kind)} == dict.fromkeys(public_files(kind), ())


def test_a_upca_is_called_so_and_not_an_ean13_with_a_zero() -> None:
    [code] = codes(Frame(_printed("036000291452", zxingcpp.BarcodeFormat.UPCA)))
    assert (code.text, code.kind) == ("036000291452", "UPC-A")
