"""Cleaning: no control byte stays, and no ordinary text is touched."""

import random
import time
import unicodedata

import pytest

from assistant.safe_text import clean, one_line

FORMATS = frozenset("\u00ad\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064")
"""Format characters that change no direction and hide no text: hyphens, joiners, breaks."""

SEQUENCES = (
    *("\x1b]52;c;RVZJTA==\x07", "\x1b]52;c;RVZJTA==\x1b\\", "\x9d52;c;RVZJTA==\x9c", "\x1b]0;PWNED\x07"),
    *("\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "\x1b]1337;File=inline=1:AAAA\x07", "\x1b]52;c;RVZJTA=="),
    *(
        "\x1bP+q544e\x1b\\",
        "\x90+q544e\x9c",
        "\x1bPq#0;2;0;0;0\x1b\\",
        "\x1b_Ga=T;AAAA\x1b\\",
        "\x1b^pm\x1b\\",
        "\x1bXsos\x1b\\",
    ),
    *("\x1b[31;5m", "\x9b31;5m", "\x1b[2J", "\x1b[6n", "\x1b[?1049h", "\x1b[>0;1c", "\x1b[3", "\x9b", "\x1b[1 q"),
    *("\x1bc", "\x1b7", "\x1b(0", "\x1b#8", "\x1b", "\x1b\x1b", "\x1b\x1b[31m", "\x1b[\x1b[m"),
    *("\r", "\r\n", "\x08", "\x07", "\x00", "\x7f", "\x0b", "\x0c", "\x0e", "\x0f", "\x1a", "\x85", "\x84"),
    *("\u202e", "\u2066", "\u2069", "\u200f", "\u061c", "\u2028", "\u2029", "\ufeff", "\ufff9", "\u206a"),
    *("\U000e0041", "\U000e007f", "\U000e0001", "\ud800", "\udfff", "\udc9b", "\ud83d", "\udc1b[31m"),
)
ORDINARY = (
    'The quick brown fox: 1 + 1 = 2, {"a": [1]} <b>&amp;</b> [link](x) `code` \\ ~ ^ $HOME',
    "Größe, café, cafe\u0301, naïve, Łódź, œuvre — “quoted” … ½ °C €",
    "Ключи лежат на столе; її подвір’я",
    "Τα κλειδιά είναι στο τραπέζι",
    "المفاتيح على الطاولة، أليس كذلك؟ ٣٤",
    "המפתחות על השולחן",
    "鍵は青い箱の中にあります。カタカナ、全角ＡＢＣ",
    "钥匙在蓝色的盒子里，葛\U000e0100城",
    "열쇠는 파란 상자 안에 있어요",
    "चाबियाँ नीले डिब्बे में हैं, क्\u200dष",
    "กุญแจอยู่ในกล่องสีน้ำเงิน น้ำ\u200bดื่ม",
    "کلیدها روی میز است، می\u200cخواهم",
    "Բանալիները սեղանի վրա են; გასაღები მაგიდაზეა; ቁልፎቹ",
    "👩\u200d👩\u200d👧 👍🏽 ❤\ufe0f 🇺🇦 🏳\ufe0f\u200d🌈 1\ufe0f\u20e3 𝒳 𐍈",
    "a table:\n\tone\n\ttwo\n\n",
    "",
)


def left_over(text: str) -> list[str]:
    """The characters that a terminal could obey, or that could hide or turn text."""

    def harmful(each: str) -> bool:
        kind = unicodedata.category(each)
        return (kind in ("Cc", "Cs", "Zl", "Zp") and each not in "\n\t") or (kind == "Cf" and each not in FORMATS)

    return [f"U+{ord(each):04X}" for each in text if harmful(each)]


def payloads(count: int) -> list[str]:
    chance = random.Random(7)
    words = ("AA", "52;c;", "[31m", "]0;x", "\\", "日本", "é", "m", ";", " ")
    anything = [*SEQUENCES, *words, *map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))]
    return ["".join(chance.choices(anything, k=chance.randint(1, 12))) for _ in range(count)]


def test_no_payload_leaves_a_control_character() -> None:
    for payload in (*SEQUENCES, *payloads(2000)):
        for text in (clean(payload), one_line(payload), one_line(payload, 5)):
            assert left_over(text) == [], ascii(payload)
            text.encode()


def test_random_code_points_leave_no_control_character() -> None:
    chance = random.Random(8)
    for _ in range(2000):
        text = "".join(
            chr(chance.choice((chance.randrange(0x100), chance.randrange(0x2000, 0x2100)))) for _ in range(20)
        )
        assert left_over(clean(text)) == [], ascii(text)


@pytest.mark.parametrize("text", ORDINARY, ids=range(len(ORDINARY)))
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert clean(text) == text


def test_cleaning_twice_is_cleaning_once() -> None:
    for payload in payloads(500):
        assert clean(clean(payload)) == clean(payload)


def test_a_sequence_goes_with_its_payload_and_the_words_around_it_stay() -> None:
    assert (
        clean("see \x1b]52;c;RVZJTA==\x07this\x1b[31;1m red\x1b[0m \x1bP+q544e\x1b\\box\x9d0;x\x9c.")
        == "see this red box."
    )


def test_a_sequence_without_an_end_takes_no_words_with_it() -> None:
    assert "the answer" in clean("\x1b]0; the answer")
    assert "the answer" in clean("\x90 the answer")


def test_lines_end_with_a_newline_only() -> None:
    assert clean("one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"


@pytest.mark.parametrize(
    "piece", ["\x9d", "\x90", "\x1b]", "\x1bP", "\x1b", "\x9b0", "\x9b ", "\x1b]a\x1b[", "\x9da\x90", "\x1b[;"]
)
def test_cleaning_takes_time_in_proportion_to_the_text(piece: str) -> None:
    text = piece * 200_000
    begun = time.process_time()
    clean(text)
    assert time.process_time() - begun < 2.0


def test_one_line_is_one_line_and_not_longer_than_asked() -> None:
    assert one_line("  two\r\n words\t\x1b[31m here  ") == "two words here"
    assert one_line("x" * 300) == "x" * 199 + "…"
    assert one_line("abcdef", 4) == "abc…" and one_line("abcd", 4) == "abcd"
