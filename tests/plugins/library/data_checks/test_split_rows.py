from pathlib import Path

import pyarrow.parquet as pq
from seqrec_library_data_checks import split_rows
from seqrec_library_data_checks.expectation import expectations
from seqrec_library_data_checks.footers import Footer
from seqrec_library_data_checks.split_rows import SplitRows, relative, repeated


def rows_of(path, schema):
    columns = expectations(schema)
    return SplitRows(Footer(path), path.name, columns, "item_id", "query_id", True)


def test_what_splits_are_compared_by_is_that_of_each_row(folder, schema, monkeypatch):
    monkeypatch.setattr(split_rows, "_ROWS", 7)
    path = folder() / "train.parquet"
    rows = rows_of(path, schema)
    assert rows.findings() == []
    table = pq.read_table(path).to_pydict()
    assert rows.column("query").tolist() == table["query_id"]
    assert rows.column("events").tolist() == [len(row) for row in table["item_id"]]
    assert rows.column("times").tolist() == [row[-1] for row in table["timestamp"]]


def test_rows_and_users_that_stand_twice_are_named(folder, schema):
    def change(tables):
        for rows in tables["train"].values():
            rows.append(rows[4])
        tables["train"]["query_id"][9] = 3

    rows = rows_of(folder(change) / "train.parquet", schema)
    (fault,) = rows.findings()
    assert (fault.column, fault.row, fault.count) == ("query_id", 9, 2)
    (notice,) = repeated([rows])
    assert (notice.severity, notice.count) == ("notice", 0 + (len(rows.column("rows")) - 24))


def test_what_cannot_be_read_is_named_with_its_row(folder, schema):
    path = folder() / "train.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(400) + content[404:])
    (fault, *_) = rows_of(path, schema).findings()
    assert fault.row == 0
    assert "cannot be read from here on" in fault.message


def test_a_path_is_told_below_its_folder():
    assert relative(Path("/a/b/c"), Path("/a")) == "b/c"
    assert relative(Path("/b/c"), Path("/a")) == "/b/c"
