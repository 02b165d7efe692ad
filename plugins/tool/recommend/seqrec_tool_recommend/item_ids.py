"""Items as people name them, as the numbers 0..V-1 that a model has of them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from seqrec_core.errors import BundleError, DataError

__all__ = ["ItemIds", "is_nested"]

_CHUNK = 2**16  # items at a time


class ItemIds:
    """The items (V,) of a catalogue, by their ids in the data: two are equal where their text is.

    `source` is where they stand. Texts are found by their hashes, 16 bytes an item: for ten
    million a dict would take more than a gigabyte. Raises BundleError for an id that is missing,
    or stands twice.
    """

    def __init__(self, items: pa.Array, source: Path | None) -> None:
        self._items, self._source = items, source
        hashes = np.empty(len(items), np.int64)
        for start in range(0, len(items), _CHUNK):
            values = items.slice(start, _CHUNK).to_pylist()
            if None in values:
                raise self._fault(start + values.index(None), "is missing")
            hashes[start : start + len(values)] = [hash(str(value)) for value in values]
        self._order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._order]
        for place in np.flatnonzero(self._hashes[1:] == self._hashes[:-1]) + 1:
            row = int(self._order[place])
            if self.number(item := self.item(row)) != row:
                raise self._fault(row, f"{item!r} is that of another row, too")

    def __len__(self) -> int:
        return len(self._items)

    def __reduce__(self) -> Any:
        return ItemIds, (self._items, self._source)  # another process has other hashes

    def item(self, number: int) -> Any:
        """The id in the data of the item with a number."""
        return self._items[number].as_py()

    def number(self, item: Any) -> int | None:
        """The number of an item; None for one that is missing, which no text stands for."""
        if item is None or (isinstance(item, float) and item != item):
            return None
        text = str(item)
        place = int(np.searchsorted(self._hashes, hash(text)))
        while place < len(self._hashes) and self._hashes[place] == hash(text):
            number = int(self._order[place])
            if str(self.item(number)) == text:
                return number
            place += 1
        return None

    def _fault(self, row: int, what: str) -> BundleError:
        return BundleError(f"{self._source}: the id in row {row} {what}; prepare the data anew")

    def distinct(self, what: str, items: Sequence[Any], skip_unknown: bool) -> list[int]:
        """The numbers of items, each once; DataError, with `what`, for one that is not known."""
        if isinstance(items, str | bytes) or not isinstance(items, Iterable):
            kind = "text" if isinstance(items, str) else type(items).__name__
            raise TypeError(f"{what} is the {kind} {items!r}; give a list of items")
        numbers = [self.number(item) for item in items]
        if not skip_unknown and None in numbers:
            place = numbers.index(None)
            raise DataError(
                f"{what}, place {place}: {items[place]!r} is no item that the model knows; leave "
                "it out, or let skip_unknown (--skip-unknown) do so"
            )
        return list(dict.fromkeys(number for number in numbers if number is not None))

    def distinct_lists(
        self, lists: Sequence[Sequence[Any]], histories: int, skip_unknown: bool
    ) -> list[list[int]]:
        """The numbers of each history's candidates."""
        if len(lists) != histories:
            raise DataError(
                f"candidates are {len(lists)} lists for {histories} histories; give a list "
                "for each, or one list of items for all"
            )
        return [
            self.distinct(f"candidates of history {number}", own, skip_unknown)
            for number, own in enumerate(lists)
        ]


def is_nested(candidates: Sequence[Any]) -> bool:
    """Whether candidates are a list for each history; TypeError where only some of them are."""
    kinds = {
        isinstance(each, list | tuple | np.ndarray)
        for each in (() if candidates is None else candidates)
    }
    if len(kinds) > 1:
        raise TypeError("candidates hold items and lists; give one list of items, or only lists")
    return kinds == {True}
