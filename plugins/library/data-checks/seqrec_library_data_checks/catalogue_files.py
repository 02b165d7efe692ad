"""What is wrong with the tables of items and users: rows that are missing, doubled or null."""

from collections.abc import Container, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError
from seqrec_core.schema import TensorSchema
from seqrec_library_data_checks.finding import Finding
from seqrec_library_data_checks.footers import Footer

QUICK_ROWS = 200_000  # of a table that is read whole before each run


def catalogue_faults(
    folder: Path, schema: TensorSchema, most_rows: int = QUICK_ROWS
) -> Iterator[Finding]:
    """Faults of items.parquet and users.parquet, where they are there; of `most_rows`, in rows."""
    there = DataFolder(folder)
    for path, names in ((there.items, ("item_id", "item")), (there.users, ("query_id", "user"))):
        if not path.is_file():
            continue
        try:
            footer = Footer(path)
            yield from _columns(footer, names)
            if path == there.items:
                yield from _size(footer, schema)
            if footer.metadata.num_rows <= most_rows:
                yield from _rows(footer, names, schema, path == there.items)
        except DataError as cause:
            message, _, remedy = str(cause).partition(": ")[2].rpartition("; ")
            yield Finding(file=path.name, message=message, remedy=remedy)


def _columns(footer: Footer, names: tuple[str, ...]) -> Iterator[Finding]:
    needed = names[1:] if names[0] == "item_id" else names
    for name in needed:
        if name not in footer.fields.names:
            has = ", ".join(footer.fields.names)
            said = f"is missing; there are {has}"
            yield Finding(
                file=footer.path.name, column=name, message=said, remedy="prepare the data again"
            )


def _size(footer: Footer, schema: TensorSchema) -> Iterator[Finding]:
    """Items that the catalogue has no row for, or rows that it has no item for."""
    item, rows = schema.item_id_feature_name, footer.metadata.num_rows
    count = None if item is None else schema[item].cardinality
    if count is not None and rows != count:
        what = "more" if rows > count else "fewer"
        yield Finding(
            file=footer.path.name,
            message=f"has {rows:,} rows, {abs(rows - count):,} {what} than the {count:,} ids of "
            f"{item!r} in the schema",
            remedy="row i is item i: write one for each id, or correct the cardinality",
        )


def _rows(
    footer: Footer, names: tuple[str, ...], features: Container[str], is_ordered: bool
) -> Iterator[Finding]:
    """Ids that are null, stand twice or in another row; features that are no numbers."""
    here = [name for name in names if name in footer.fields.names]
    floats = [field.name for field in footer.fields if pa.types.is_floating(field.type)]
    numbers = [name for name in floats if is_ordered and name in features and name not in here]
    try:
        table = pq.read_table(footer.path, columns=[*here, *numbers], partitioning=None)
    except (OSError, pa.ArrowException) as cause:
        raise DataError(f"{footer.path}: cannot be read: {cause}; write the file again") from cause
    file = footer.path.name
    for name in numbers:
        values = table[name].to_numpy()  # null is NaN, which is no number either
        places = np.flatnonzero(~np.isfinite(values))
        if len(places):
            said = "not a number, or infinite"
            yield _finding(file, name, places, said, "write a number, 0 for the mean say")
    for name in here:
        column = table[name].combine_chunks()
        if column.null_count:
            places = np.flatnonzero(np.asarray(column.is_null()))
            yield _finding(file, name, places, "null", "give each row an id")
        if not is_ordered or name != "item_id":
            yield from _doubles(file, name, column)
        elif not pa.types.is_integer(column.type):
            said, remedy = f"is {column.type}, and ids are whole numbers", "write it as int64"
            yield Finding(file=file, column=name, message=said, remedy=remedy)
        elif not column.null_count:
            ids = column.to_numpy(zero_copy_only=False)
            places = np.flatnonzero(ids != np.arange(len(ids)))
            if len(places):
                yield _finding(
                    file, name, places, f"{ids[places[0]]}, and row i is item i",
                    "write each id once, in order from 0",
                )  # fmt: skip


def _doubles(file: str, name: str, column: pa.Array) -> Iterator[Finding]:
    """Ids that stand in an earlier row, too."""
    values = column.drop_null()
    if len(values) == pc.count_distinct(values).as_py():
        return
    codes = values.dictionary_encode().indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    is_first = np.zeros(len(codes), bool)
    is_first[first] = True
    rows = np.flatnonzero(np.asarray(column.is_valid()))[~is_first]
    said = f"{column[int(rows[0])].as_py()!r} stands in an earlier row, too"
    yield _finding(file, name, rows, said, "write each id once")


def _finding(file: str, column: str, rows: NDArray[np.int64], message: str, remedy: str) -> Finding:
    return Finding(
        file=file, column=column, row=int(rows[0]), count=len(rows), message=message, remedy=remedy
    )
