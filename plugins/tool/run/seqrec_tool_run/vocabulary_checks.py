"""Whether the tables of a vocabulary can say what the numbers of batches stand for."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seqrec_core.errors import DataError
from seqrec_core.vocabulary import Vocabularies

AGAIN = "prepare the data again, or mend what the data module reads"


def check_vocabularies(vocabularies: Vocabularies, cardinality: int | None) -> None:
    """Raises DataError unless row i of the items can be item i, and each query id has one user.

    There must be `cardinality` items, where that is known.
    """
    items, users = vocabularies.items, vocabularies.users
    if items is not None:
        _check_keys(items, "item", "items")
        if cardinality is not None and len(items) != cardinality:
            raise DataError(
                f"items of the data: {len(items):,} rows, and the schema of the "
                f"spec has {cardinality:,} as cardinality of the item id; use the data and the "
                "spec that belong together, or begin anew with `seqrec init`"
            )
        if "item_id" in items.column_names:
            _check_order(items["item_id"])
        if "count" in items.column_names:
            _check_counts(items["count"])
    if users is not None:
        _check_keys(users, "query_id", "users")
        _check_present(users["user"], "user", "users")


def _check_keys(table: pa.Table, name: str, what: str) -> None:
    """Raises DataError for a value that is null, or there twice."""
    values = table[name]
    _check_present(values, name, what)
    counts = pc.value_counts(values)
    if len(counts) < len(values):
        value = counts.filter(pc.greater(counts.field("counts"), 1))[0]["values"].as_py()
        first, second = [row for row, each in enumerate(values.to_pylist()) if each == value][:2]
        raise DataError(
            f"{what} of the data: rows {first} and {second} have the same {name}, "
            f"{value!r}; {AGAIN}"
        )


def _check_present(values: pa.ChunkedArray, name: str, what: str) -> None:
    if values.null_count:
        row = pc.index(values.is_null(), True).as_py()
        raise DataError(
            f"{what} of the data: row {row} of {len(values):,} has no {name}, and "
            f"{values.null_count - 1:,} more have none; {AGAIN}"
        )


def _check_order(ids: pa.ChunkedArray) -> None:
    """Raises DataError unless item numbers count up from 0."""
    numbers = ids.to_numpy()
    rows = np.flatnonzero(numbers != np.arange(len(numbers)))
    if len(rows):
        raise DataError(
            f"items of the data: row {rows[0]} has item_id {numbers[rows[0]]}, and row i is "
            f"item i; sort the rows, or {AGAIN}"
        )


def _check_counts(counts: pa.ChunkedArray) -> None:
    """Raises DataError for a count that is none."""
    is_number = pa.types.is_integer(counts.type) or pa.types.is_floating(counts.type)
    numbers = counts.to_numpy() if is_number else np.full(len(counts), np.nan)
    rows = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= 0)))
    if len(rows):
        count = counts[int(rows[0])].as_py()
        raise DataError(
            f"items of the data: row {rows[0]} has the count {count!r}; a count is 0 or more: "
            f"{AGAIN}"
        )
