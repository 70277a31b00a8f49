"""Made results of the tools that read pictures, in the words of the real ones."""

from collections.abc import Callable
from random import Random

from assistant.training.outcome import Asked, Maker, Outcome, marks, quoted
from assistant.types import Evidence

SHOWN = 4
"""Pieces of a result that an answer tells of."""
CANNOT = (
    "without a model I answer only what can be read or measured: text, codes, colours, light, motion, sound, notes",
    "this is outside the small world that I know",
    "I am not sure enough of what I see",
)
"""Why a model has no answer."""
COLOURS = ("red", "orange", "brown", "yellow", "green", "turquoise", "blue", "purple", "pink", "black", "grey", "white")
PLACES = ("top left", "top middle", "top right", "middle left", "middle", "middle right", "bottom left",
          "bottom middle", "bottom right")  # fmt: skip
LANGUAGES = ("English", "German", "French", "Spanish", "Italian", "Dutch", "Polish", "Swedish")
LOOKS = ("", "photo", "photo", "screenshot", "drawing", "document")


# What stands in a picture


def read_text(asked: Asked) -> Outcome:
    if asked.rng.random() < 0.1:
        return Outcome("I find no text.", (), "I find no text in it.")
    if asked.kind == "video" and "#t=" not in asked.source:
        return _through_time(asked)
    lines, wanted = _printed(asked)
    language = asked.rng.choice(LANGUAGES)
    unsure = [asked.asks == "all" and asked.rng.random() < 0.06 for _ in lines]
    shown = [f"{line} (unsure)" if doubt else line for line, doubt in zip(lines, unsure, strict=True)]
    evidence = (*map(asked.seen, lines), asked.seen(language, kind="language"))
    text = "\n".join(["It reads:", *shown, f"The language is {language}."])
    if asked.asks == "language":
        return Outcome(text, evidence, f"It is in {language} {marks(len(evidence), len(evidence))}.")
    if asked.asks == "all":
        return Outcome(text, evidence, _reading(lines, unsure))
    if wanted is None:
        return Outcome(text, evidence, f"I find no {_NAMES[asked.asks]} in the text.")
    number = next(n for n, line in enumerate(lines, 1) if wanted in line)
    return Outcome(text, evidence, f"The {_NAMES[asked.asks]} is {wanted} [e{number}].")


_NAMES = {"amount": "amount", "date": "date", "phone": "phone number", "time": "time"}


def _reading(lines: list[str], unsure: list[bool]) -> str:
    doubt = " I am not sure of all of it." if any(unsure[:SHOWN]) else ""
    more = " There is more text." if len(lines) > SHOWN else ""
    return f"It says {quoted(lines[:SHOWN])} {marks(1, min(len(lines), SHOWN))}.{more}{doubt}"


def _printed(asked: Asked) -> tuple[list[str], str | None]:
    """Lines of text, and the value among them that is asked for."""
    rng = asked.rng
    lines = [asked.word("brand")] if rng.random() < 0.5 else []
    lines += [_line(asked) for _ in range(rng.choice((0, 1, 1, 2, 3, 5)))]
    if asked.asks == "amount":
        lines += [f"{asked.word('thing')} {_price(rng)}" for _ in range(rng.randint(1, 3))]
    if asked.asks not in _VALUES or rng.random() < 0.12:
        return lines or [_line(asked)], None
    wanted, line = _VALUES[asked.asks](rng)
    lines.insert(len(lines) if asked.asks == "amount" else rng.randint(0, len(lines)), line)
    others = [each for each in lines if each is line or wanted not in each]
    return others, wanted


def _line(asked: Asked) -> str:
    slot = asked.rng.choices(("notice", "sentence", "brand", "injection", "code"), (60, 20, 8, 4, 8))[0]
    text = asked.word(slot)
    return text.upper() if asked.rng.random() < 0.15 else text[:1].upper() + text[1:]


def _price(rng: Random) -> str:
    return f"{rng.randint(0, 99)}.{rng.randrange(100):02}"


def _amount(rng: Random) -> tuple[str, str]:
    value = f"{rng.randint(10, 900)}.{rng.randrange(100):02}"
    return value, f"{rng.choice(('TOTAL', 'Total', 'Amount due', 'To pay', 'SUM'))} {value}"


def _date(rng: Random) -> tuple[str, str]:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(2019, 2027)
    value = rng.choice((f"{year}-{month:02}-{day:02}", f"{day:02}.{month:02}.{year}", f"{day}/{month}/{year}"))
    return value, f"{rng.choice(('Date', 'Due', 'Valid until', 'Printed'))} {value}"


def _phone(rng: Random) -> tuple[str, str]:
    value = f"0{rng.randint(20, 999)} {rng.randint(10000, 9999999)}"
    return value, f"{rng.choice(('Tel.', 'Phone', 'Call us:', 'T'))} {value}"


def _hour(rng: Random) -> tuple[str, str]:
    value = f"{rng.randint(6, 22)}:{rng.choice(('00', '15', '30', '45'))}"
    return value, f"{rng.choice(('Opens at', 'Starts', 'From', 'Begins at'))} {value}"


_VALUES: dict[str, Callable[[Random], tuple[str, str]]] = {
    "amount": _amount, "date": _date, "phone": _phone, "time": _hour
}  # fmt: skip


def _through_time(asked: Asked) -> Outcome:
    """Text that stands in a video for a while."""
    since, lines, evidence = 0.0, [], []
    for _ in range(asked.rng.randint(1, 4)):
        since = round(since + asked.rng.uniform(0.5, 9), 1)
        until, text = round(since + asked.rng.uniform(0, 6), 1), _line(asked)
        time = f"{since:.1f} s" if until - since < 0.1 else f"{since:.1f} to {until:.1f} s"
        lines.append(f"[{time}] {text}")
        evidence.append(asked.seen(text, since))
    said = [f'at {e.at:.1f} s "{e.text}" [e{n}]' for n, e in enumerate(evidence, 1)]
    return Outcome("\n".join(lines), tuple(evidence), f"It says {', '.join(said)}.")


def scan_codes(asked: Asked) -> Outcome:
    rng = asked.rng
    if rng.random() < 0.15:
        return Outcome("I find no code.", (), "I find no code in it.")
    codes = [_code(asked) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
    evidence = tuple(asked.seen(text, kind=kind) for text, kind in codes)
    lines = [text if kind == "QR Code" else f"{text} ({kind})" for text, kind in codes]
    head = "The code says: " if len(codes) == 1 else f"{len(codes)} codes:\n"
    said = ", ".join(f"{text} [e{n}]" for n, (text, _) in enumerate(codes, 1))
    word = "code says" if len(codes) == 1 else "codes say"
    return Outcome(head + "\n".join(lines), evidence, f"The {word}: {said}")


def _code(asked: Asked) -> tuple[str, str]:
    rng = asked.rng
    kind = rng.choices(("QR Code", "EAN-13", "Code 128", "Data Matrix"), (6, 2, 1, 1))[0]
    if kind == "EAN-13":
        return "".join(rng.choices("0123456789", k=13)), kind
    return asked.word(rng.choice(("url", "url", "code", "sentence")) if kind == "QR Code" else "code"), kind


# What is measured of a picture


def picture_facts(asked: Asked) -> Outcome:
    rng = asked.rng
    width, height = rng.randint(100, 4200), rng.randint(100, 4200)
    if rng.random() < (0.5 if asked.asks == "blank" else 0.05):
        text = f"The picture is blank ({width} x {height} pixels): nothing can be seen on it."
        return Outcome(text, (asked.seen(text, kind="facts"),), "The picture is blank: nothing can be seen on it [e1].")
    light, sharp = rng.choice(("dark", "bright", "evenly lit", "evenly lit")), rng.choice(("sharp", "sharp", "blurred"))
    turned = "landscape" if width > height else "portrait" if height > width else "square"
    colours, tone = _coloured(rng)
    grey = "grey-scale" in tone
    look = rng.choice(LOOKS)
    kind = f" It looks like a {look}." if look else ""
    text = f"The picture is {width} x {height} pixels ({turned}), {light} and {sharp}. {tone}{kind}"
    answers = {
        "size": f"It is {width} x {height} pixels, {turned}",
        "colours": f"It is in grey-scale: {colours}" if grey else f"Its main colours are {colours}",
        "grey": "It is in grey-scale, without colours" if grey else "It is in colour",
        "light": f"The picture is {light}",
        "sharp": f"The picture is {sharp}",
        "blank": "It is not blank",
        "look": f"It looks like a {look}" if look else "I cannot tell what kind of picture it is",
    }
    whole = f"It is {width} x {height} pixels, {light} and {sharp}; {colours}"
    return Outcome(text, (asked.seen(text, kind="facts"),), f"{answers.get(asked.asks, whole)} [e1].")


def _coloured(rng: Random) -> tuple[str, str]:
    """Shares of colours, and what is told of them."""
    names = ("grey", "black", "white") if rng.random() < 0.15 else tuple(rng.sample(COLOURS, rng.randint(2, 4)))
    cuts = sorted(rng.sample(range(3, 90), len(names)), reverse=True)
    shares = ", ".join(f"{name} {round(100 * cut / sum(cuts))}%" for name, cut in zip(names, cuts, strict=True))
    hues = [name for name in names if name not in ("grey", "black", "white")]
    if not hues:
        return shares, f"It is in grey-scale, without colours: {shares}."
    places = "".join(f" Most {hue} is at the {rng.choice(PLACES)}." for hue in hues[:3] if rng.random() < 0.6)
    return shares, f"It is in colour; its main colours are {shares}.{places}"


def compare_images(asked: Asked) -> Outcome:
    rng, second = asked.rng, str(asked.call.arguments["second"])
    if rng.random() < 0.25:
        same = "I find no difference between the two pictures"
        return Outcome(f"{same}.", (Evidence(second, text=same, kind="same"),), f"{same} [e1].")
    found: list[tuple[str, str]] = []
    for _ in range(rng.randint(1, 3)):
        verb = rng.choice(("appeared at", "is gone from", "changed at"))
        text = rng.choice((f"something {verb} the {rng.choice(PLACES)}", f'the text "{_line(asked)}" appeared'))
        found.append((text, verb.split()[0]))
    evidence = tuple(Evidence(second, text=text, kind=kind) for text, kind in found)
    lines = [f"{text[:1].upper()}{text[1:]}." for text, _ in found]
    if rng.random() < 0.3:
        lines.insert(0, f"The second is {rng.choice(('brighter', 'darker'))}.")
    said = "; ".join(f"{text} [e{n}]" for n, (text, _) in enumerate(found, 1))
    bright = f"{lines[0].rstrip('.')}; " if len(lines) > len(found) else ""
    answer = f"{bright}{said}."
    return Outcome("\n".join(lines), evidence, f"{answer[:1].upper()}{answer[1:]}")


# By the model's eyes


def cannot(rng: Random) -> str:
    """What a tool says that would need the eyes of a model."""
    return f"I cannot tell: {rng.choice(CANNOT)}."


def by_sight(asked: Asked) -> Outcome:
    """Of tools that look with the model's own eyes, which see but a small world."""
    if asked.rng.random() < 0.45:
        return Outcome(cannot(asked.rng), (), "I cannot tell that.", failed=True)
    thing, place = asked.word("thing"), asked.rng.choice(PLACES)
    text = f"A {asked.rng.choice(COLOURS)} {thing} at the {place}."
    return Outcome(text, (asked.seen(text, kind=""),), f"{text.rstrip('.')} [e1].")


def check(asked: Asked) -> Outcome:
    if asked.rng.random() < 0.3:
        return Outcome(cannot(asked.rng), (), "I cannot tell that.", failed=True)
    yes, sure = asked.rng.choice(("Yes", "No")), asked.rng.randint(55, 99)
    text = f"{yes}, {sure}% sure."
    return Outcome(text, (asked.seen(text, kind=""),), f"{yes}, {sure}% sure [e1].")


MAKERS: dict[str, Maker] = {
    "read_text": read_text,
    "scan_codes": scan_codes,
    "picture_facts": picture_facts,
    "compare_images": compare_images,
    "look": by_sight,
    "describe_image": by_sight,
    "check": check,
}
