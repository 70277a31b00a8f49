"""What long work has read, kept by the content that it was read from."""

from __future__ import annotations

from typing import Any


class MemoryShelf:
    """A `Shelf` that ends with the process."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def kept(self, key: str) -> Any | None:
        return self._values.get(key)

    def keep(self, key: str, value: Any) -> None:
        self._values[key] = value
