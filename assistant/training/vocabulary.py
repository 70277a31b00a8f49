"""What fills the slots of phrases: words from lists, and made numbers, times, names and paths."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from assistant.training.phrasebook import SLOT

EXTENSIONS = {
    "picture": ("jpg", "png", "jpeg", "webp", "gif", "tiff"),
    "document": ("pdf", "pdf", "tif"),
    "video": ("mp4", "mkv", "mov", "webm", "avi"),
    "sound": ("wav", "mp3", "ogg", "flac", "m4a"),
    "text": ("txt", "md", "csv", "json", "log", "toml", "py"),
}
"""How files of a kind end."""
EXACT = frozenset(
    re.findall(
        r"\w+",
        "file first second document folder url name odd_name odd_path odd_folder code digits drill source hit sum",
    )
)
"""Slots whose letters are kept as they are, however the rest is written."""
_ONES: list[str] = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen",
)
_TENS: list[str] = re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety")
_UNITS = (("second", 1), ("minute", 60), ("hour", 3600))
_SPECIAL = (("half a minute", 30), ("half an hour", 1800), ("an hour", 3600), ("a minute", 60),
            ("a quarter of an hour", 900), ("a minute and a half", 90), ("an hour and a half", 5400))  # fmt: skip
_SYLLABLES = re.findall(
    r"\w+",
    "ba be bri cho da do el fa gor hu in ja kle lo ma mi no or pa qui ra ro sa she ta ti u ve wo xa yo zi",
)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_ODD = (" ", " ", "'", "&", "(", ")", "+", ",", "=", "é", "ü", "ß", "ñ", "#", "@", "~", ".", "--")


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands in a slot: its words, and the value that they mean."""

    text: str
    value: Any

    @classmethod
    def of(cls, text: str) -> "Filling":
        return cls(text, text)


def in_words(number: int) -> str:
    """An English numeral, 0 to 999."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f" {_ONES[ones]}" if ones else "")
    hundreds, rest = divmod(number, 100)
    return f"{_ONES[hundreds]} hundred" + (f" and {in_words(rest)}" if rest else "")


def plural(noun: str) -> str:
    """The plural of a noun of the lists; an odd one stands behind ``>``."""
    one, _, many = noun.partition(">")
    if many:
        return many
    if re.search(r"(?:s|x|ch|sh)$", one):
        return f"{one}es"
    return re.sub(r"([^aeiou])y$", r"\1ie", one) + "s"


class Vocabulary:
    """Draws the fillings of slots.

    Args:
        lists: words by the name of their slot; they may have slots themselves
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = lists
        self._made: dict[str, Callable[[Random], Filling]] = {
            "thing": lambda r: Filling.of(r.choice(lists["thing"]).partition(">")[0]),
            "things": lambda r: Filling.of(plural(r.choice(lists["thing"]))),
            "person": self._person,
            "name": lambda r: Filling.of(self._name(r)),
            "folder": lambda r: Filling.of(self._folder(r)),
            "document": lambda r: Filling.of(self.path(r, "text")),
            "url": lambda r: Filling.of(self._url(r)),
            "odd_name": lambda r: Filling.of(_odd(r)),
            "odd_folder": lambda r: Filling.of(f"{self._folder(r).rstrip('/')}/{_odd(r)}"),
            "odd_path": lambda r: Filling.of(f"{self._folder(r).rstrip('/')}/{_odd(r)}.{r.choice(EXTENSIONS['text'])}"),
            "drill": self._drill,
        }

    def draw(self, slot: str, rng: Random) -> Filling:
        """Something for a slot; a number behind its name makes it another one of the kind."""
        name = slot.rstrip("0123456789")
        if name in _MADE:
            return _MADE[name](rng)
        if name in self._made:
            return self._made[name](rng)
        return Filling.of(self.fill(rng.choice(self._lists[name]), rng))

    def fill(self, text: str, rng: Random) -> str:
        """The text with something in each of its slots."""
        return articles(SLOT.sub(lambda slot: self.draw(slot[1], rng).text, text))

    def path(self, rng: Random, kind: str) -> str:
        """The name of a file of a kind, in a folder more often than not."""
        name = f"{self._stem(rng)}.{rng.choice(EXTENSIONS[kind])}"
        if rng.random() < 0.08:
            name = f"{_odd(rng)}.{rng.choice(EXTENSIONS[kind])}"
        return name if rng.random() < 0.4 else f"{self._folder(rng).rstrip('/')}/{name}"

    def _stem(self, rng: Random) -> str:
        stem = rng.choice(self._lists["stem"]) if rng.random() < 0.8 else _made_up(rng)
        number = rng.choice(("", "", f"_{rng.randrange(100):02}", f"-{rng.randrange(10)}", str(rng.randrange(1, 9999))))
        return f"{stem}{number}"

    def _folder(self, rng: Random) -> str:
        top = rng.choice(("", "", "", "~/", "./", "/home/" + rng.choice(self._lists["given"]).lower() + "/", "/media/"))
        below = f"/{self._stem(rng)}" if rng.random() < 0.3 else ""
        return f"{top}{rng.choice(self._lists['folder_name'])}{below}" + rng.choice(("", "", "/"))

    def _name(self, rng: Random) -> str:
        stem = rng.choice((*self._lists["stem"], *self._lists["word"]))
        return rng.choice((stem, stem, self._stem(rng), f"{stem}-{rng.randrange(100)}", f"{stem}_{_made_up(rng)}"))

    def _person(self, rng: Random) -> Filling:
        given = rng.choice(self._lists["given"]) if rng.random() < 0.85 else _made_up(rng).capitalize()
        family = rng.choice(self._lists["family"])
        return Filling.of(rng.choice((given, given, f"{given} {family}", f"Dr {family}", f"Mrs {family}")))

    def _url(self, rng: Random) -> str:
        domain = rng.choice(self._lists["domain"]) if rng.random() < 0.6 else f"{_made_up(rng)}.example"
        path = rng.choice(("", "", f"/{self._stem(rng)}", f"/{_made_up(rng)}?id={rng.randrange(1000)}"))
        return rng.choice(("https://", "https://", "http://", "", "www.")) + domain + path

    def _drill(self, rng: Random) -> Filling:
        """Something that can only be copied."""
        words = " ".join(_made_up(rng) for _ in range(rng.randint(1, 4)))
        known = " ".join(rng.sample(self._lists["word"], rng.randint(2, 4)))
        made = (words, known, _MADE["digits"](rng).text, _MADE["code"](rng).text, _MADE["number_words"](rng).text)
        return Filling.of(f"{rng.choice(made)}{rng.choice(('', '', '', f' {rng.randrange(100)}'))}")


def articles(text: str) -> str:
    """The text with "an" before a vowel."""
    return re.sub(r"\b([Aa]) (?=[aeiouAEIO])", r"\1n ", text)


def _made_up(rng: Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4)))


def _odd(rng: Random) -> str:
    """A name with characters that are seldom in names."""
    return rng.choice(_ODD).join(_made_up(rng) for _ in range(rng.randint(2, 3)))


def _count(rng: Random) -> Filling:
    number = rng.choice((rng.randint(2, 9), rng.randint(2, 30)))
    return Filling(in_words(number) if rng.random() < 0.4 else str(number), number)


def _words(rng: Random) -> Filling:
    number = rng.choice((5, 6, 8, 10, 12, 15, 20, 25, 30, 50, rng.randint(4, 60)))
    return Filling(in_words(number) if rng.random() < 0.35 else str(number), number)


def _camera(rng: Random) -> Filling:
    number = rng.randint(0, 3)
    return Filling(in_words(number) if rng.random() < 0.3 else str(number), number)


def _duration(rng: Random) -> Filling:
    if rng.random() < 0.12:
        return Filling(*rng.choice(_SPECIAL))
    unit, length = rng.choices(_UNITS, (5, 5, 2))[0]
    number = rng.choice((5, 10, 15, 20, 30, 45, 90, rng.randint(2, 99))) if length < 3600 else rng.randint(2, 12)
    text = in_words(number) if rng.random() < 0.4 else str(number)
    short = {"second": " s", "minute": " min", "hour": " h"}[unit]
    return Filling(f"{text}{short if text.isdigit() and rng.random() < 0.2 else f' {unit}s'}", number * length)


def _moment(rng: Random) -> Filling:
    """A time in a video."""
    number = rng.choice((rng.randint(2, 60), rng.randint(2, 60), round(rng.uniform(1, 30), 1)))
    if isinstance(number, int) and rng.random() < 0.3:
        return Filling(f"{in_words(number)} seconds", number)
    if isinstance(number, int) and rng.random() < 0.2:
        minutes = rng.randint(1, 9)
        return Filling(f"{minutes}:{number % 60:02}", 60 * minutes + number % 60)
    return Filling(f"{number} {rng.choice(('s', 'seconds', 'seconds'))}", number)


def _clock(rng: Random) -> Filling:
    hour, minute = rng.randint(0, 23), rng.choice((0, 0, 15, 30, 45, rng.randrange(60)))
    half = f"{(hour + 11) % 12 + 1}{f':{minute:02}' if minute else ''} {'am' if hour < 12 else 'pm'}"
    return Filling.of(rng.choice((f"{hour}:{minute:02}", half, half, "noon" if hour > 18 else half)))


def _digits(rng: Random) -> Filling:
    return Filling.of("".join(rng.choices("0123456789", k=rng.choice((3, 4, 4, 5, 6, 8)))))


def _code(rng: Random) -> Filling:
    letters = "".join(rng.choices(_LETTERS, k=rng.randint(1, 3)))
    return Filling.of(rng.choice((f"{letters}{_digits(rng).text}", f"{letters}-{_digits(rng).text}", letters + "X7q")))


def _number_words(rng: Random) -> Filling:
    return Filling.of(" ".join(in_words(rng.randrange(100)) for _ in range(rng.randint(2, 4))))


_MADE: Mapping[str, Callable[[Random], Filling]] = {
    "count": _count,
    "words": _words,
    "camera": _camera,
    "track": lambda r: Filling(in_words(n) if (n := r.randint(2, 4)) and r.random() < 0.4 else str(n), n),
    "duration": _duration,
    "moment": _moment,
    "clock": _clock,
    "digits": _digits,
    "code": _code,
    "number_words": _number_words,
}
