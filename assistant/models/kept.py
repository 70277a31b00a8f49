"""Values that are kept: the newest by their keys, and those beside arrays that are still there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import ReferenceType, ref

from numpy.typing import NDArray

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Keeps some values; the one that was used longest ago goes when there are more than may be kept."""

    def __init__(self, most: int) -> None:
        self._most, self._values = most, OrderedDict[str, Value]()

    def find(self, key: str) -> Value | None:
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    def put(self, key: str, value: Value) -> Value:
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        self._values.clear()


class Beside(Generic[Value]):
    """Keeps a value beside each array until the array is gone; arrays are taken not to change."""

    def __init__(self) -> None:
        self._values: dict[int, tuple[ReferenceType[NDArray[Any]], Value]] = {}

    def of(self, array: NDArray[Any], make: Callable[[], Value]) -> Value:
        """That of an array, made when there is none; it must not hold the array itself."""
        key = id(array)
        held = self._values.get(key)
        if held is not None and held[0]() is array:
            return held[1]
        value = make()
        self._values[key] = ref(array, lambda gone: self._drop(key, gone)), value
        return value

    def _drop(self, key: int, gone: ReferenceType[NDArray[Any]]) -> None:
        held = self._values.get(key)
        if held is not None and held[0] is gone:
            del self._values[key]
