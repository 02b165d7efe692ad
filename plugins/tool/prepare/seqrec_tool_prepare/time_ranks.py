"""The time of the event of a rank, by counting: exact, and without holding the times."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Self

import numpy as np

__all__ = ["Each", "TimeRanks"]

Each = Callable[[Callable[[np.ndarray], Any]], Iterator[Any]]
"""Applies a function, which pickles, to parts of the times."""

_DIGIT = 16  # bits that a pass tells apart
_SIGN = np.uint64(1 << 63)


class TimeRanks:
    """Exact times of E events: how many, the first, and the one of each rank.

    A pass over them counts 2^16 equal ranges of the numbers, the next one divides the range of the
    rank: three or four passes, whatever E.
    """

    def __init__(self, each: Each):
        self._each = each
        parts = [part for part in each(_ends) if part is not None]
        self._least, self._most = min(p[0] for p in parts), max(p[1] for p in parts)
        self.count = sum(part[2] for part in parts)
        self._is_float = any(part[3] for part in parts)

    @classmethod
    def of(cls, times: np.ndarray) -> Self:
        """Those of times (E,) in memory."""
        return cls(lambda part: iter([part(times)]))

    @property
    def least(self) -> float:
        """The first time."""
        return self._time(self._least)

    def at(self, rank: int) -> float:
        """The time of event number `rank`, from 0, in the order of time."""
        least, bits = self._least, (self._most - self._least).bit_length()
        while bits:
            shift = max(0, bits - _DIGIT)
            counts: Any = sum(self._each(partial(_counts, least, bits, shift)))
            ends = np.cumsum(counts)
            place = int(np.searchsorted(ends, rank, side="right"))
            rank -= int(ends[place] - counts[place])
            least, bits = least + (place << shift), shift
        return self._time(least)

    def _time(self, key: int) -> float:
        number = np.array([key], np.uint64) ^ _SIGN
        if not self._is_float:
            whole: int = number.view(np.int64)[0].item()
            return whole
        bits = number.view(np.int64)
        bits = np.where(bits < 0, bits ^ np.int64(2**63 - 1), bits)
        value: float = bits.view(np.float64)[0].item()
        return value


def _keys(times: np.ndarray) -> np.ndarray:
    """Unsigned integers (E,) in the order of the times."""
    bits = np.ascontiguousarray(times)
    if times.dtype.kind == "f":
        bits = (bits.astype(np.float64) + 0.0).view(np.int64)  # -0.0 is 0.0
        bits = np.where(bits < 0, bits ^ np.int64(2**63 - 1), bits)
    keys: np.ndarray = bits.astype(np.int64).view(np.uint64) ^ _SIGN
    return keys


def _ends(times: np.ndarray) -> tuple[int, int, int, bool] | None:
    if not len(times):
        return None
    keys = _keys(times)
    return int(keys.min()), int(keys.max()), len(keys), times.dtype.kind == "f"


def _counts(least: int, bits: int, shift: int, times: np.ndarray) -> np.ndarray:
    """How many of the times from `least` on, in 2^`bits`, lie in each range of 2^`shift`."""
    keys = _keys(times)
    keys = keys[keys >= np.uint64(least)] - np.uint64(least)
    if bits < 64:
        keys = keys[keys < np.uint64(1 << bits)]
    return np.bincount((keys >> np.uint64(shift)).astype(np.int64), minlength=1 << (bits - shift))
