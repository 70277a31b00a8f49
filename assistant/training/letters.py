"""A bitmap font of 5 x 7 points, for words in made pictures."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_HIGH, _WIDE = 7, 5
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_COLUMNS = bytes.fromhex(
    "3E5149453E00427F400042615149462141454B311814127F1027454545393C4A49493001710905033649494936064949291E"
    "7E1111117E7F494949363E414141227F4141221C7F494949417F090909013E4149497A7F0808087F00417F41002040413F01"
    "7F081422417F404040407F020C027F7F0408107F3E4141413E7F090909063E4151215E7F09192946464949493101017F0101"
    "3F4040403F1F2040201F3F4038403F631408146307087008076151494543"
    "20545454787F484444383844444420384444487F3854545418087E0901020C5252523E7F0804047800447D40002040443D00"
    "7F1028440000417F40007C041804787C0804047838444444387C14141408081414187C7C080404084854545420043F444020"
    "3C4040207C1C2040201C3C4030403C44281028440C5050503C4464544C44"
)
"""Five columns a letter; the lowest bit is the upper row."""


@lru_cache(256)
def line(text: str) -> NDArray[np.float32]:
    """A line of letters and digits, 0 or 1: 7 rows, 6 columns a letter; what the font lacks is a gap."""
    columns = np.zeros((6 * max(1, len(text)), _HIGH), np.float32)
    for place, letter in enumerate(text):
        at = _LETTERS.find(letter)
        if at >= 0:
            own = np.frombuffer(_COLUMNS[at * _WIDE : (at + 1) * _WIDE], np.uint8)
            columns[place * 6 : place * 6 + _WIDE] = np.unpackbits(own[:, None], axis=1, bitorder="little")[:, :_HIGH]
    return np.ascontiguousarray(columns.T)
