"""The tools that a request is offered: values that render as the JSON schemas a chat template gets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LINE = re.compile(r"(?P<name>\w+)\((?P<arguments>.*?)\): (?P<description>.+)")
_TYPES: Mapping[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "list": {"type": "array", "items": {"type": "string"}},
    "box": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
    "object": {"type": "object"},
}


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as a model is told of it."""

    name: str
    description: str
    """One line."""
    types: Mapping[str, str]
    """Of its arguments: a key of the types above, or the values that may be chosen, with slashes between."""
    required: frozenset[str]

    @classmethod
    def of(cls, line: str) -> "Tool":
        """Read ``name(argument, other?:type): description``; ``?`` marks what may be left out."""
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"This is no tool: {line!r}.")
        parts = [part.partition(":") for part in match["arguments"].split(", ")]
        types = {name.rstrip("?"): kind or "string" for name, _, kind in parts}
        required = frozenset(name for name, _, _ in parts if not name.endswith("?"))
        return cls(match["name"], match["description"], types, required)

    def __hash__(self) -> int:
        return hash((self.name, self.description))

    @property
    def schema(self) -> dict[str, Any]:
        """In the form of OpenAI's function calls."""
        properties = {name: dict(_type(kind)) for name, kind in self.types.items()}
        required = [name for name in self.types if name in self.required]
        parameters = {"type": "object", "properties": properties, "required": required}
        function = {"name": self.name, "description": self.description, "parameters": parameters}
        return {"type": "function", "function": function}

    def is_text(self, argument: str) -> bool:
        """True when the argument is a string."""
        kind = self.types[argument]
        return kind == "string" or "/" in kind


def _type(kind: str) -> dict[str, Any]:
    return _TYPES.get(kind) or {"type": "string", "enum": kind.split("/")}
