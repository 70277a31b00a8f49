"""Reads the arguments of a tool from its JSON schema, whatever somebody wrote there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Form:
    """What an argument may be."""

    type: str
    """Of JSON, null left out; "" where the schema does not tell it."""
    options: tuple[Any, ...] = ()
    """All values that may be chosen, where there is a choice."""
    items: str = ""
    """The type of what stands in an array."""
    required: bool = False
    schema: Mapping[str, Any] | None = None
    """The whole, with the definitions that it names."""


def forms(function: Mapping[str, Any]) -> dict[str, Form]:
    """The arguments of a tool, given in the form of OpenAI's function calls, in their order."""
    parameters = _table(function.get("parameters"))
    required, shared = parameters.get("required"), {"$defs": _table(parameters.get("$defs"))}
    needed = {str(name) for name in required} if isinstance(required, list | tuple) else set[str]()
    return {
        str(name): _form(_table(kind), str(name) in needed, shared)
        for name, kind in _table(parameters.get("properties")).items()
    }


def _form(kind: Mapping[str, Any], required: bool, shared: Mapping[str, Any]) -> Form:
    choices = [kind, *(_table(each) for each in kind.get("anyOf") or () if isinstance(kind.get("anyOf"), list))]
    options = next((each["enum"] for each in choices if isinstance(each.get("enum"), list)), ())
    whole = {**kind, **(shared if "$ref" in str(kind) else {})}
    return Form(_type(choices), tuple(options), _type([_table(_items(choices))]), required, whole)


def _type(choices: list[Mapping[str, Any]]) -> str:
    """The first type that is not null."""
    for each in choices:
        own = each.get("type")
        for name in own if isinstance(own, list) else [own]:
            if isinstance(name, str) and name != "null":
                return name
    return ""


def _items(choices: list[Mapping[str, Any]]) -> Any:
    return next((each["items"] for each in choices if "items" in each), None)


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
