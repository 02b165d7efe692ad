"""Writes the files that both sides of a row read: `files.py ROW FOLDER`."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from inputs import STREAM_GROUP, stream_columns
from rows import Row, row


def main() -> None:
    subject, folder = row(sys.argv[1]), Path(sys.argv[2])
    if subject.kind == "parquet":
        pq.write_table(stream(subject), stream_path(folder), row_group_size=STREAM_GROUP)
    if subject.model == "TwoTower":
        pq.write_table(pa.table({"item_id": np.arange(subject.items)}), items_path(folder))


def stream(row: Row) -> pa.Table:
    sizes, values, width = stream_columns(row)
    lists = pa.array(values.numpy())
    if row.nested:
        inner = np.arange(0, len(values) + 1, width, dtype=np.int32)
        lists = pa.ListArray.from_arrays(inner, lists)
    offsets = np.concatenate([[0], sizes.numpy().cumsum()]).astype(np.int32)
    return pa.table({"item_id": pa.ListArray.from_arrays(offsets, lists)})


def stream_path(folder: Path) -> str:
    return str(folder / "stream.parquet")


def items_path(folder: Path) -> str:
    return str(folder / "items.parquet")


if __name__ == "__main__":
    main()
