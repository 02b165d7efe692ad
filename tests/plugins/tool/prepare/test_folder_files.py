"""A folder stands for its files."""

import polars as pl
import pytest
from seqrec_tool_prepare.folder_files import files_of_folder
from seqrec_tool_prepare.tables import open_table

from seqrec_core.errors import DataError


def test_files_of_lines_are_read_by_name_and_marks_of_writers_passed_over(tmp_path):
    (tmp_path / "day=2").mkdir()
    for name in ("b.csv", "day=2/c.CSV", "a.csv"):
        (tmp_path / name).write_text(f"user,item\n1,{name}\n")
    for name in ("_SUCCESS", ".a.csv.crc", "README"):
        (tmp_path / name).write_text("x")
    items = open_table(tmp_path).frame.collect()["item"].to_list()
    assert items == ["a.csv", "b.csv", "day=2/c.CSV"]
    assert open_table(tmp_path.as_uri()).columns == ["user", "item"]


def test_a_folder_with_parquet_is_that_data_set(tmp_path):
    pl.DataFrame({"user": [1], "item": [2]}).write_parquet(tmp_path / "a.parquet")
    (tmp_path / "notes.csv").write_text("x")
    assert files_of_folder(tmp_path) == [tmp_path]
    assert open_table(tmp_path).format == "parquet"


def test_a_folder_without_such_files_says_which_there_could_be(tmp_path):
    (tmp_path / "part-0").write_text("user,item\n1,2\n")
    with pytest.raises(DataError, match=r"suffix of a format.*pattern, such as '.*/\*', with"):
        files_of_folder(tmp_path)
