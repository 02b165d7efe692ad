"""Parquet files are read alone or as a folder."""

import polars as pl
from seqrec_tool_prepare.parquet_files import open_parquet
from seqrec_tool_prepare.row_numbers import ROW


def test_rows_of_a_folder_are_counted_through_its_files(tmp_path):
    for name in "ba":
        pl.DataFrame({"user": [name]}).write_parquet(tmp_path / f"{name}.PQ")
    file = open_parquet(tmp_path, None)
    assert file.frame.select(ROW, "user").collect().rows() == [(0, "a"), (1, "b")]
    assert (file.place(1), file.fault()) == ("row 2", None)
