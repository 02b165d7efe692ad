import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_library_data_checks.expectation import expectations
from seqrec_library_data_checks.footers import Footer, parquet_files

from seqrec_core.errors import DataError


def suspicions(path, schema):
    return [*Footer(path).suspicions(expectations(schema), "item_id")]


def test_statistics_point_to_the_row_group_of_a_strange_id(folder, schema):
    path = folder() / "train.parquet"
    assert suspicions(path, schema) == []
    rows = pq.read_table(path).to_pylist()
    rows[12]["item_id"][1] = 30
    rows[21]["price"].pop()
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, path, row_group_size=5)
    assert suspicions(path, schema) == [("item_id", 2), ("price", 4)]
    assert Footer(path).first_rows() == [0, 5, 10, 15, 20]
    pq.write_table(table, path, write_statistics=False)
    assert suspicions(path, schema) == []


def test_files_of_a_folder_are_found_and_others_named(tmp_path):
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    assert parquet_files(tmp_path) == [tmp_path / "a.parquet"]
    assert parquet_files(tmp_path / "absent") == []
    with pytest.raises(DataError, match=r"a\.parquet: cannot be read as Parquet: .*; write the"):
        Footer(tmp_path / "a.parquet")
    column = pa.array([1])
    pq.write_table(pa.table([column, column], names=["x", "x"]), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="column 'x' stands twice"):
        Footer(tmp_path / "a.parquet")
