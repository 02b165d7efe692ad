"""What the numbers of batches stand for: items and users by their ids in the data."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError
from seqrec_core.reading.json_text import object_of_file

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Vocabularies", "read_table"]


@attrs.frozen(eq=False)
class Vocabularies:
    """Tables of items and users; None where the data has no ids of its own.

    Row i of `items` is item i: column `item` is its id in the data, others are what is known of it,
    such as `count`. `users` maps `query_id` to `user`, in any order. `features` says of each side
    feature how its values became numbers, as features.json of prepared data does.
    """

    items: "pa.Table | None" = None
    users: "pa.Table | None" = None
    features: Mapping[str, Any] | None = None

    @classmethod
    def of_folder(cls, folder: DataFolder) -> "Vocabularies":
        """Those of prepared data.

        Raises DataError for a file that is none, or lacks a column, and for ids that are missing,
        stand twice, or are neither whole numbers nor text; SpecError for what is no JSON.
        """
        tables = ((folder.items, "item"), (folder.users, "query_id", "user"))
        ids = (id_table(path, *names) if path.is_file() else None for path, *names in tables)
        features = object_of_file(folder.encodings) if folder.encodings.is_file() else None
        items, users = ids
        return cls(items, users, features)


def read_table(path: Path, *columns: str) -> "pa.Table":
    """The table in a Parquet file; DataError unless it is one with these columns."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as cause:
        raise DataError(f"{path} is read with pyarrow: {cause}; pip install pyarrow") from cause
    try:
        table = pq.read_table(path, partitioning=None)
    except (pa.ArrowException, OSError) as cause:
        said = " ".join(str(cause).split())
        raise DataError(f"{path} cannot be read: {said}; prepare the data again") from cause
    for name in columns:
        if name not in table.column_names:
            has = ", ".join(table.column_names) or "none"
            raise DataError(f"{path}: no column {name!r} among {has}; prepare the data again")
    return table


def id_table(path: Path, *columns: str) -> "pa.Table":
    """The table in a file; DataError unless these columns have an id in each row, each once."""
    table = read_table(path, *columns)
    for name in columns:
        if said := _fault(table[name], name):
            raise DataError(f"{path}: column {name!r}{said}; prepare the data again")
    return table


def _fault(ids: "pa.ChunkedArray", name: str) -> str:
    """What is wrong with ids, and in which row; nothing where all is right."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(ids.type) or pa.types.is_nested(ids.type):
        return f" is {ids.type}, and ids are whole numbers or text"
    if ids.null_count:
        return f", row {pc.index(ids.is_null(), True)}: null, and {ids.null_count:,} in all"
    if pc.count_distinct(ids).as_py() == len(ids):
        return ""
    rows: dict[object, int] = {}
    for row, value in enumerate(ids.to_pylist()):  # ends at the first that is there already
        if value in rows:
            return f": rows {rows[value]} and {row} have the same {name}, {value!r}"
        rows[value] = row
    return ""
