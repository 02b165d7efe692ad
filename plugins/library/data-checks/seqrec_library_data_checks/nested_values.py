"""A column of numbers, of lists, or of lists of lists: its numbers, lengths and nulls as arrays."""

from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def depth_and_leaf(type_: pa.DataType) -> tuple[int, pa.DataType]:
    """How many dimensions the lists of a type have, and what they hold."""
    depth = 0
    while isinstance(type_, pa.ListType | pa.LargeListType | pa.FixedSizeListType):
        depth, type_ = depth + 1, type_.value_type
    return depth, type_


class NestedValues:
    """The numbers of a column and where they stand.

    `offsets` has an array for each dimension of the lists: element i of it is the part
    `offsets[i]:offsets[i + 1]` of the next one. `leaf` is the innermost array of Arrow.
    """

    def __init__(self, array: pa.Array):
        depth, leaf = depth_and_leaf(array.type)
        for _ in range(depth):
            leaf = pa.large_list(leaf)
        array = array.cast(leaf)
        self.rows = len(array)
        self.offsets: list[Indices] = []
        self._levels = [array]
        while isinstance(array, pa.LargeListArray):
            first, last = array.offsets[0].as_py(), array.offsets[-1].as_py()
            self.offsets.append(array.offsets.to_numpy() - first)
            array = array.values.slice(first, last - first)
            self._levels.append(array)
        self.leaf = array

    @cached_property
    def numbers(self) -> NDArray[Any]:
        """Every number, 0 where one is missing."""
        leaf = self.leaf
        if leaf.null_count:
            leaf = leaf.fill_null(pa.scalar(0).cast(leaf.type))
        numbers: NDArray[Any] = leaf.to_numpy(zero_copy_only=False)
        return numbers

    def lengths(self, dimension: int = 0) -> Indices:
        """Number of elements of each list of a dimension."""
        return np.diff(self.offsets[dimension])

    def rows_of(self, elements: Indices, dimension: int | None = None) -> Indices:
        """The rows in which elements stand: numbers, or lists of a dimension."""
        depth = len(self.offsets) if dimension is None else dimension
        for offsets in reversed(self.offsets[:depth]):
            elements = np.searchsorted(offsets, elements, "right") - 1
        return elements

    def null_rows(self) -> Indices:
        """The rows that are null, or hold a null, each once for each null."""
        places = [
            self.rows_of(np.flatnonzero(np.asarray(level.is_null())), dimension)
            for dimension, level in enumerate(self._levels)
            if level.null_count
        ]
        return np.sort(np.concatenate(places)) if places else np.empty(0, np.int64)
