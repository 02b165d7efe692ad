"""Vectors of all items, read from a file, with every fault named."""

from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError

__all__ = ["read_vectors"]

_BEGIN = "one row an item, in the order of items.parquet"


def read_vectors(
    data_dir: Path,
    vectors: str,
    num_items: int,
    id_column: str | None = "item",
    missing: Literal["error", "zero"] = "error",
) -> tuple[np.ndarray, np.ndarray]:
    """The vectors (V, n) of all items as float32, and a mask (V,), True where there is one.

    `vectors` is "file.npy" or "file.parquet:column", below the data folder unless absolute. Where
    the Parquet file has the id column, rows are matched by the ids that items.parquet of the data
    has; elsewhere row i is item i, and there is one for each.

    Raises DataError that names file, row, value and remedy.
    """
    if vectors.endswith(".npy"):
        path, ids = data_dir / vectors, None
        matrix = _array(path)
        place = str(path)
    else:
        file, _, column = vectors.rpartition(":")
        path = data_dir / file
        place = f"{path}, column {column!r}"
        table = _table(path, column)
        matrix = _matrix(table[column], place)
        has_ids = id_column is not None and id_column in table.column_names
        ids = table[id_column].combine_chunks() if has_ids else None
    matrix = _finite(matrix, place)
    if ids is not None:
        rows = _rows_of_items(ids, DataFolder(data_dir).items, path, num_items, missing)
        return np.where(rows[:, None] < 0, np.float32(0), matrix[rows]), rows >= 0
    if len(matrix) != num_items:
        raise DataError(
            f"{place} has {len(matrix):,} rows, and the catalogue {num_items:,} items; write "
            f"{_BEGIN}, or a Parquet file with the data's ids in column {id_column or 'item'!r}"
        )
    return matrix, np.ones(num_items, dtype=bool)


def _array(path: Path) -> np.ndarray:
    """The matrix in a .npy file, of any type of number."""
    try:
        array: np.ndarray = np.load(path, allow_pickle=False)
    except FileNotFoundError as cause:
        raise DataError(
            f"{path}: no such file; put it there, or name another as vectors"
        ) from cause
    except (OSError, ValueError, EOFError) as cause:
        raise DataError(
            f"{path} cannot be read as an array of numbers: {cause}; write it with numpy.save"
        ) from cause
    if not isinstance(array, np.ndarray) or array.ndim != 2 or not array.size:
        raise DataError(
            f"{path} has the shape {np.shape(array)}; a matrix (items, numbers) is needed: {_BEGIN}"
        )
    if array.dtype.kind not in "fiu":
        raise DataError(f"{path} holds {array.dtype}; vectors are of numbers: write float32")
    return array


def _table(path: Path, column: str) -> pa.Table:
    try:
        table = pq.read_table(path, partitioning=None)
    except FileNotFoundError as cause:
        raise DataError(
            f"{path}: no such file; put it there, or name another as vectors"
        ) from cause
    except (pa.ArrowException, OSError) as cause:
        said = " ".join(str(cause).split())
        raise DataError(f"{path} cannot be read as Parquet: {said}; write it anew") from cause
    if column not in table.column_names:
        raise DataError(
            f"{path} has no column {column!r}, only {', '.join(table.column_names) or 'none'}; "
            "name the one of vectors"
        )
    return table


def _matrix(column: pa.ChunkedArray, place: str) -> np.ndarray:
    """Lists of one length as a matrix."""
    lists = column.combine_chunks()
    types = pa.types
    is_list = types.is_list(lists.type) or types.is_large_list(lists.type)
    is_list = is_list or types.is_fixed_size_list(lists.type)
    value_type = lists.type.value_type if is_list else None
    if not is_list or not (types.is_floating(value_type) or types.is_integer(value_type)):
        raise DataError(f"{place} is {lists.type}; write lists of numbers")
    if not len(lists):
        raise DataError(f"{place} has no rows; write one an item")
    if lists.null_count:
        row = pc.index(lists.is_null(), True).as_py()
        raise DataError(f"{place}, row {row}: null; give it a vector, or leave the row out")
    lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
    if (other := lengths != lengths[0]).any() or not lengths[0]:
        row = int(np.argmax(other))
        raise DataError(
            f"{place}, row {row}: {lengths[row]} numbers, and {lengths[0]} in row 0; make all "
            "vectors of one length, at least 1"
        )
    numbers: np.ndarray = lists.flatten().cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers.reshape(len(lists), int(lengths[0]))


def _finite(matrix: np.ndarray, place: str) -> np.ndarray:
    """The numbers in single precision; DataError at the first that is none there."""
    with np.errstate(over="ignore"):
        single: np.ndarray = matrix.astype(np.float32, copy=False)
    wrong = ~np.isfinite(single)
    if wrong.any():
        row, number = map(int, np.argwhere(wrong)[0])
        raise DataError(
            f"{place}, row {row}, number {number}: {matrix[row, number]}, and {wrong.sum():,} such "
            "in all; write finite numbers of single precision"
        )
    return single


def _rows_of_items(
    ids: pa.Array, items: Path, path: Path, num_items: int, missing: str
) -> np.ndarray:
    """The row of each item (V,), -1 where the file has none."""
    if not items.is_file():
        raise DataError(
            f"{path} has ids, and {items} is not there, which says of what items; prepare the "
            "data, or set id_column=null and write rows in the items' order"
        )
    known = pq.read_table(items, columns=["item"], partitioning=None)["item"].combine_chunks()
    if len(known) != num_items:
        raise DataError(
            f"{items} has {len(known):,} rows, the schema {num_items:,} items; prepare it anew"
        )
    if known.type != ids.type:  # 7 and "7" are one item
        known, ids = known.cast(pa.large_string()), ids.cast(pa.large_string())
    _refuse_twins(ids, path)
    rows = pc.fill_null(pc.index_in(known, value_set=ids), -1).to_numpy(zero_copy_only=False)
    if missing == "error" and (absent := rows < 0).any():
        first = known[int(np.argmax(absent))].as_py()
        raise DataError(
            f"{path} has no row for {absent.sum():,} of {num_items:,} items, the first of them "
            f'{first!r}; add them, or set missing="zero"'
        )
    whole: np.ndarray = rows.astype(np.int64)
    return whole


def _refuse_twins(ids: pa.Array, path: Path) -> None:
    """Raises DataError where an id is null, or stands twice."""
    if ids.null_count:
        row = pc.index(ids.is_null(), True).as_py()
        raise DataError(f"{path}, row {row}: the id is null; leave the row out")
    if pc.count_distinct(ids).as_py() == len(ids):
        return
    rows: dict[object, int] = {}
    for row, value in enumerate(ids.to_pylist()):
        if value in rows:
            raise DataError(
                f"{path}: rows {rows[value]} and {row} have the same id, {value!r}; keep one"
            )
        rows[value] = row
