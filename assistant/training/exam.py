"""Examines a model's talk on phrases that it was never trained on: tools, arguments, refusals, grounded answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from assistant.evidence import plain, unsupported
from assistant.models.repair import mended
from assistant.protocols import Model
from assistant.training.dialogs import Dialog, Dialogs
from assistant.training.language import NO_TOOL, Language
from assistant.training.trial import Mark
from assistant.types import Abstained, Delta, Message, Reply, ToolCall, ToolResult

BARS = {"tool": 0.97, "arguments": 0.95, "made-up tool": 0.8, "later turn": 0.85, "tool missing": 0.85,
        "honest": 0.95, "grounded": 0.93}  # fmt: skip
"""What each skill must reach; "honest" is to know that nothing is there, or that nobody can know."""
HONEST = ("unknown", "no_media", "cannot_tell")
_FACT = re.compile(r"\d+(?:[.:,]\d+)*|\"[^\"]+\"")


@dataclass(frozen=True, slots=True)
class Case:
    """One place of a conversation where the assistant has to say something."""

    skill: str
    messages: tuple[Message, ...]
    tools: tuple[Mapping[str, Any], ...]
    wanted: Message

    @property
    def calls(self) -> list[ToolCall]:
        return [part for part in self.wanted.parts if isinstance(part, ToolCall)]

    @property
    def text(self) -> str:
        return "".join(part for part in self.wanted.parts if isinstance(part, str))


@dataclass(frozen=True, slots=True)
class Told:
    """What a model replied."""

    text: str
    calls: tuple[ToolCall, ...]
    abstained: bool = False

    @classmethod
    def of(cls, replies: Iterable[Reply]) -> Told:
        every = list(replies)
        text = "".join(reply.text for reply in every if isinstance(reply, Delta))
        calls = tuple(reply for reply in every if isinstance(reply, ToolCall))
        return cls(text.strip(), calls, any(isinstance(reply, Abstained) for reply in every))


def cases(language: Language, number: int, seed: int) -> list[Case]:
    """Some cases of each skill, from conversations of the test split."""
    found: dict[str, list[Case]] = {skill: [] for skill in BARS if skill != "arguments"}
    for dialog in islice(Dialogs(language).dialogs(seed, "test"), 100 * number):
        for case in _cases(dialog, language.book.tools):
            if len(found[case.skill]) < number:
                found[case.skill].append(case)
        if all(len(each) == number for each in found.values()):
            break
    return [case for each in found.values() for case in each]


def _cases(dialog: Dialog, known: Iterable[str]) -> Iterator[Case]:
    schemas = tuple(tool.schema for tool in dialog.tools)
    for place in dialog.targets:
        before, wanted = dialog.messages[:place], dialog.messages[place]
        case = Case("", before, schemas, wanted)
        later = any(message.role == "assistant" for message in before)
        if before[-1].role == "tool":
            skill = "grounded"
        elif case.calls:
            own = all(call.name in known for call in case.calls)
            skill = "later turn" if later else "tool" if own else "made-up tool"
        elif dialog.kind in HONEST and not later:
            skill = "honest"
        elif case.text == NO_TOOL and not later:
            skill = "tool missing"
        else:
            continue
        yield Case(skill, before, schemas, wanted)


def exam(
    model: Model,
    cases: Sequence[Case],
    report: Callable[[str, float], None] = lambda text, done: None,
    bare: bool = False,
) -> tuple[Mark, ...]:
    """The marks of each skill; what is `bare` gets no help of code, and "bare" before the names of its skills."""
    prefix = "bare " if bare else ""
    rights: dict[str, list[float]] = {}
    for number, case in enumerate(cases):
        told = Told.of(model.reply(case.messages, case.tools))
        if not bare:
            told = replace(told, calls=tuple(mended(told.calls, case.messages, case.tools)))
        for skill, right in _rights(case, told):
            rights.setdefault(skill, []).append(right)
        report(prefix + case.skill, (number + 1) / len(cases))
    wanted: dict[str, list[str]] = {}
    for case in cases:
        wanted.setdefault(case.skill, []).append(case.calls[0].name if case.calls else case.text)
    wanted["arguments"] = wanted.get("tool", [])
    return tuple(
        Mark(prefix + skill, len(each), sum(each) / len(each), _constant(wanted[skill]), BARS[skill])
        for skill, each in rights.items()
    )


def _rights(case: Case, told: Told) -> Iterator[tuple[str, float]]:
    if case.skill == "grounded":
        yield case.skill, float(grounded(case, told.text))
    elif case.calls:
        named = [call.name for call in told.calls] == [call.name for call in case.calls]
        same = named and all(_same(one, other) for one, other in zip(told.calls, case.calls, strict=True))
        if case.skill == "tool":
            yield "tool", float(named)
            yield "arguments", float(same)
        else:
            yield case.skill, float(same if case.skill == "later turn" else named)
    else:
        yield case.skill, float(not told.calls and told.text == case.text)


def is_right(case: Case, told: Told) -> bool:
    """Whether all that a case asks for is right."""
    return all(right == 1 for _, right in _rights(case, told))


def grounded(case: Case, answer: str) -> bool:
    """Whether an answer has all facts of the wanted one, and none that no result holds."""
    known = [part.text for message in case.messages for part in message.parts if isinstance(part, ToolResult)]
    known += [each.text for m in case.messages for p in m.parts if isinstance(p, ToolResult) for each in p.evidence]
    known += [part for message in case.messages for part in message.parts if isinstance(part, str)]
    facts = set(_FACT.findall(plain(case.text)))
    first = [re.split(r"\W", text.lower(), maxsplit=1)[0] for text in (case.text, answer)]
    agrees = first[0] == first[1] if first[0] in ("yes", "no") else bool(answer)
    return agrees and facts <= set(_FACT.findall(plain(answer))) and not unsupported(answer, known)


def _same(one: ToolCall, other: ToolCall) -> bool:
    return _plain(one.arguments) == _plain(other.arguments)


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments for comparing: letters small, no stop at the end, 2 and 2.0 the same."""
    return {name: value.lower().strip(" .?!") if isinstance(value, str) else value for name, value in arguments.items()}


def _constant(wanted: Sequence[str]) -> float:
    return max((wanted.count(each) for each in set(wanted)), default=0) / max(1, len(wanted))
