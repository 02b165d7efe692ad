"""Items as people name them, as the numbers 0..V-1 that a model has of them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqrec_core.errors import BundleError, DataError

__all__ = ["ItemIds", "is_nested"]


class ItemIds:
    """The items of a catalogue, by their ids in the data: two are equal where their text is.

    `source` is where they stand. Raises BundleError for an id that is missing, or stands twice.
    """

    def __init__(self, items: Sequence[Any], source: Path | None) -> None:
        self.items = items
        self._numbers: dict[str, int] = {}
        for number, item in enumerate(items):
            if item is None or self._numbers.setdefault(str(item), number) != number:
                what = "is missing" if item is None else f"{item!r} is that of another row, too"
                raise BundleError(f"{source}: the id in row {number} {what}; prepare the data anew")

    def __len__(self) -> int:
        return len(self.items)

    def number(self, item: Any) -> int | None:
        """The number of an item; None for one that is missing, which no text stands for."""
        is_missing = item is None or (isinstance(item, float) and item != item)
        return None if is_missing else self._numbers.get(str(item))

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
