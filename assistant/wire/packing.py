"""Values as bytes: one line of JSON, then the bytes of the arrays it mentions."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from assistant import errors, readings, types
from assistant.errors import AssistantError, LostError

LONGEST_LINE = 32 * 2**20
"""Bytes of one line of JSON."""
LARGEST_ARRAY = 512 * 2**20
"""Bytes of one array."""

_DTYPES = ("uint8", "int16", "int32", "int64", "float32", "float64")
_CLASSES = {
    value.__name__: value
    for module in (types, readings)
    for value in vars(module).values()
    if isinstance(value, type) and is_dataclass(value)
}
_ERRORS = {name: value for name, value in vars(errors).items() if isinstance(value, type)}


def packed(value: Any) -> list[bytes | memoryview]:
    """One value as bytes: plain JSON values, tuples, arrays, and the frozen dataclasses and errors of this package.

    Raises:
        AssistantError: the value is of another kind, or nested too deep
    """
    arrays: list[NDArray[Any]] = []
    try:
        plain = _pack(value, arrays)
        line = json.dumps([plain, [[str(a.dtype), a.shape] for a in arrays]])
    except (TypeError, ValueError, RecursionError) as error:
        raise AssistantError(f"This cannot be sent through a pipe: {type(error).__name__}.") from error
    return [line.encode() + b"\n", *(np.ascontiguousarray(array).data for array in arrays)]


def send(stream: BinaryIO, value: Any) -> None:
    """Write one value."""
    for piece in packed(value):
        stream.write(piece)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """The next value; EOFError when the other side has gone, LostError when what comes is not of this protocol."""
    line = stream.readline(LONGEST_LINE)
    if not line:
        raise EOFError
    try:
        packed, shapes = json.loads(line)
        arrays = [_read(stream, dtype, shape) for dtype, shape in shapes]
        return _unpack(packed, arrays)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise LostError("The other end of the pipe says something that is not of this protocol.") from error


def _read(stream: BinaryIO, dtype: str, shape: list[int]) -> NDArray[Any]:
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    if dtype not in _DTYPES or not 0 <= size <= LARGEST_ARRAY:
        raise ValueError(f"array of {dtype} {shape}")
    content = stream.read(size)
    if len(content) < size:
        raise EOFError
    return np.frombuffer(content, dtype).reshape(shape)


def _pack(value: Any, arrays: list[NDArray[Any]]) -> Any:
    match value:
        case np.ndarray():
            arrays.append(value)
            return {"array": len(arrays) - 1}
        case AssistantError():
            return {"error": type(value).__name__, "args": [str(value), value.hint]}
        case tuple():
            return {"tuple": [_pack(v, arrays) for v in value]}
        case list():
            return [_pack(v, arrays) for v in value]
        case dict():
            return {"dict": {str(k): _pack(v, arrays) for k, v in value.items()}}
        case np.generic():
            return value.item()
        case _ if is_dataclass(value):
            packed = [_pack(getattr(value, f.name), arrays) for f in fields(value)]
            return {"type": type(value).__name__, "fields": packed}
        case _:
            return value


def _unpack(value: Any, arrays: list[NDArray[Any]]) -> Any:
    match value:
        case {"array": index}:
            return arrays[index]
        case {"error": name, "args": args}:
            return _ERRORS[name](*args)
        case {"tuple": items}:
            return tuple(_unpack(v, arrays) for v in items)
        case {"dict": items}:
            return {k: _unpack(v, arrays) for k, v in items.items()}
        case {"type": name, "fields": packed}:
            return _CLASSES[name](*(_unpack(v, arrays) for v in packed))
        case list():
            return [_unpack(v, arrays) for v in value]
        case _:
            return value
