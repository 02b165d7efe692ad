"""Arrow columns as arrays, and the padded tensors of a batch, made without a loop over rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqrec_core.errors import DataError
from seqrec_datamodule_parquet.metadata import ColumnFormat
from seqrec_datamodule_parquet.ties import Indices, shuffled_ties

Mask = NDArray[np.bool_]


class Column:
    """The values of a column, and one array of offsets for each dimension of its lists.

    Element i of a dimension is the part `offsets[i]:offsets[i + 1]` of the next one. Nothing is
    copied from Arrow but bits. `valid` is None where no number is missing.
    """

    def __init__(self, array: pa.Array):
        self.offsets: list[Indices] = []
        while isinstance(array, pa.LargeListArray):
            self.offsets.append(array.offsets.to_numpy())
            array = array.values
        self.valid: Mask | None = None
        if array.null_count:
            self.valid = array.is_valid().to_numpy(zero_copy_only=False)
            array = array.fill_null(pa.scalar(0).cast(array.type))
        self.values: NDArray[Any] = array.to_numpy(zero_copy_only=False)

    def padded(self, positions: Indices, mask: Mask | None, padding: float) -> NDArray[Any]:
        """The values at the positions, the padding where the mask is False."""
        if not len(self.values):
            return np.full(positions.shape, padding, self.values.dtype)
        values = self.values.take(positions, mode="clip")
        if mask is not None:
            np.copyto(values, padding, where=~mask)
        return values

    def mask(self, rows: Indices) -> Mask | None:
        """True where the number of a row is there; None where that is everywhere."""
        return None if self.valid is None else self.valid[rows]


class Columns:
    """The columns of a table, ready to be cut into batches.

    Columns whose lists are equally long share their offsets, so that elements are found once
    for all of them. With a `length_column`, batches are trimmed: it and the columns that share
    its offsets are not padded beyond the longest row of the batch and `front_padding` positions.
    With a `tie_column`, in all columns that share its offsets, neighbouring events of a row for
    which it is equal are in an order drawn from `rng`. Raises DataError when no column does.
    """

    def __init__(
        self,
        table: pa.Table,
        formats: Mapping[str, ColumnFormat],
        length_column: str | None = None,
        front_padding: int = 0,
        tie_column: str | None = None,
        rng: np.random.Generator | None = None,
    ):
        self.formats = formats
        columns = {name: Column(table[name].chunk(0)) for name in table.column_names}
        _share_offsets(list(columns.values()))
        self.columns = {name: columns[name] for name in formats}
        self.front_padding = front_padding
        self.clock = self.columns[length_column].offsets[0] if length_column else None
        self.tied: Indices | None = None
        self.order: Indices | None = None
        if tie_column is not None and rng is not None:
            times = columns[tie_column]
            self.tied = times.offsets[0]
            if not any(self.tied is each for c in self.columns.values() for each in c.offsets):
                raise DataError(
                    f"the lists of tie_column {tie_column!r} are as long as those of no other "
                    "column; write a time for each event"
                )
            self.order = shuffled_ties(self.tied, times.values, rng)

    def lengths(self) -> Indices:
        """Number of events of each row, by the length column."""
        assert self.clock is not None
        return np.diff(self.clock)

    def batch(self, rows: Indices) -> dict[str, tuple[Tensor, Tensor]]:
        """Values and mask (True = real element) of each column, for the rows of a batch.

        Lists are padded on the left, in each of their dimensions, to the column's shape.
        """
        elements: dict[tuple[int, int | None], tuple[Indices, Mask | None]] = {}
        batch = {}
        for name, column in self.columns.items():
            positions, mask = rows, column.mask(rows)
            for dimension, offsets in enumerate(column.offsets):
                size = self._size(name, dimension, offsets, rows)
                key = (id(offsets), size)
                if dimension or key not in elements:
                    order = self.order if offsets is self.tied else None
                    elements[key] = _elements(offsets, positions, mask, size, order)
                positions, mask = elements[key]
            values = column.padded(positions, mask, self.formats[name].padding)
            mask = np.ones(values.shape, bool) if mask is None else mask
            batch[name] = (torch.from_numpy(values), torch.from_numpy(mask))
        return batch

    def _size(self, name: str, dimension: int, offsets: Indices, rows: Indices) -> int | None:
        """Length of a list dimension in a batch of these rows; None = that of the longest list."""
        size = self.formats[name].shape[dimension]
        if dimension or size is None or offsets is not self.clock:
            return size
        longest = int((offsets[rows + 1] - offsets[rows]).max())
        return min(size, max(1, longest) + self.front_padding)


def _elements(
    offsets: Indices,
    positions: Indices,
    mask: Mask | None,
    size: int | None,
    order: Indices | None,
) -> tuple[Indices, Mask]:
    """Where the last `size` elements of the lists at `positions` are, and which are real.

    Lists behind a False in `mask` are empty. Positions of padding are arbitrary. `order` says
    which element stands at each place, where that is another one.
    """
    start = offsets.take(positions, mode="clip")
    stop = offsets.take(positions + 1, mode="clip")
    if mask is not None:
        start = np.where(mask, start, stop)
    if size is None:
        size = max(1, int((stop - start).max()))
    inner = stop[..., None] + np.arange(-size, 0)
    is_real = inner >= start[..., None]
    return (inner if order is None else order.take(inner, mode="clip")), is_real


def _share_offsets(columns: list[Column]) -> None:
    """Gives columns whose rows are equally long one and the same array of offsets."""
    seen: list[Indices] = []
    for column in columns:
        for offsets in column.offsets[:1]:
            same = next((other for other in seen if np.array_equal(other, offsets)), None)
            if same is None:
                seen.append(offsets)
            else:
                column.offsets[0] = same
