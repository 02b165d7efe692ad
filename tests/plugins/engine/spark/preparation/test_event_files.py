"""A row of a file that Spark reads has the place that people look for."""

from seqrec_engine_spark.preparation.event_files import SparkFile


def test_a_row_is_named_as_editors_and_viewers_count(tmp_path):
    one = SparkFile(tmp_path, "csv", None, is_text=True)
    assert one.place(0) == "line 1"
    assert SparkFile(tmp_path, "parquet", None, is_text=False).place(0) == "row 1"
