"""Files are named as on one machine; what Spark would pass over or misread is refused."""

import gzip

import pytest
from seqrec_engine_spark.preparation.spark_paths import (
    escaped,
    first_rows,
    named_files,
    plain_path,
    refuse_empty,
    refuse_names,
)

from seqrec_core.errors import DataError


def test_patterns_and_folders_become_files_and_uris_stay(tmp_path):
    for name in ("b.csv", "a.csv", "parts/1.parquet", "parts/_SUCCESS"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("user,item")
    assert named_files([tmp_path / "*.csv"]) == [tmp_path / "a.csv", tmp_path / "b.csv"]
    assert named_files([tmp_path / "parts"]) == [tmp_path / "parts/1.parquet"]
    assert named_files(["s3a://data/*.csv"]) == ["s3a://data/*.csv"]
    with pytest.raises(DataError, match="named twice"):
        named_files([tmp_path / "a.csv", tmp_path / "a.csv"])
    assert named_files([(tmp_path / "*.csv").as_uri().replace("%2A", "*")]) == [
        tmp_path / "a.csv",
        tmp_path / "b.csv",
    ]


def test_a_name_is_no_pattern_and_is_told_from_what_spark_calls_it():
    assert escaped("/log [1].csv") == r"/log \[1\].csv"
    assert escaped("s3a://data/*.csv") == "s3a://data/*.csv"
    assert plain_path("file:///a/log%20%5B1%5D.csv") == "/a/log [1].csv"
    assert plain_path("s3a://data/a%20b") == "s3a://data/a b"


def test_files_are_numbered_in_the_order_they_are_named_in():
    paths = ["file:///a/1.csv", "file:///a/2%20.csv"]
    rows = first_rows(["/a/2 .csv", "/a/1.csv"], paths)
    assert list(rows) == paths[::-1]
    assert rows["file:///a/1.csv"] > 2**32
    with pytest.raises(DataError, match=r"/a/3.csv: there is no row"):
        refuse_empty(["/a/1.csv", "/a/3.csv"], paths)


@pytest.mark.parametrize(
    ("name", "is_packed", "message"),
    [
        ("_log.csv", False, "names begin with '_'"),
        (".log.csv", False, "names begin with '.'"),
        ("log.csv", True, "is compressed by gzip"),
        ("log.csv.gzip", True, "is compressed by gzip"),
        ("log.csv.gz", False, "is not compressed"),
    ],
)
def test_a_file_that_spark_would_pass_over_or_misread_is_refused(
    tmp_path, name, is_packed, message
):
    data = b"user,item\n1,2\n"
    (tmp_path / name).write_bytes(gzip.compress(data) if is_packed else data)
    with pytest.raises(DataError, match=message):
        refuse_names(tmp_path / name)
