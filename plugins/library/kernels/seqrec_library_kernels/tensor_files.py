"""Tensors that a spec names as a column of a parquet file, since JSON cannot hold them."""

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from pyarrow import Array

__all__ = ["read_column", "read_values"]


def read_column(data_dir: Path | None, place: str | None) -> Tensor | None:
    """Return the numbers of a parquet column, one a row, in single precision; None for None.

    `place` and what raises are those of `read_values`.
    """
    if place is None:
        return None
    return torch.tensor(read_values(data_dir, place).to_numpy(), dtype=torch.float32)


def read_values(data_dir: Path | None, place: str) -> "Array":
    """Return the values of a parquet column, one a row.

    `place` is "file:column", the file relative to the data folder: "items.parquet:count". Raises
    ValueError, naming file, column and row, where there is no such column, or a null in it.
    """
    import pyarrow.parquet as pq

    file, _, column = place.rpartition(":")
    path = (data_dir or Path()) / file
    if not file or not path.is_file():
        raise ValueError(
            f"{place!r}: no file {str(path)!r}; write 'file:column', in the data folder"
        )
    if column not in (names := pq.read_schema(path).names):
        raise ValueError(f"{path}: no column {column!r}; choose one of {', '.join(names)}")
    values = pq.read_table(path, columns=[column])[column].combine_chunks()
    if values.null_count:
        row = values.is_null().index(True).as_py()
        raise ValueError(f"{path}: {column!r} is null in row {row}; give every row a value")
    return values
