"""A folder shipped to executors."""

import shutil

import pytest
from seqrec_engine_spark.spark_archive import shipped, zip_folder


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_an_archive_holds_all_of_a_folder(files, tmp_path):
    zip_folder(files, tmp_path / "it.zip")
    shutil.unpack_archive(tmp_path / "it.zip", tmp_path / "again")
    assert contents(tmp_path / "again") == contents(files)


@pytest.mark.slow
def test_executors_have_the_folder_once_a_session(spark, files):
    def weights(_):
        from pathlib import Path

        from pyspark import SparkFiles

        folder = Path(SparkFiles.get(name))
        return [((folder / "inner/weights").read_bytes(), (folder / "factor.txt").read_text())]

    name = shipped(spark.sparkContext, files)
    assert shipped(spark.sparkContext, files) == name
    assert len(spark.sparkContext.listArchives) == 1
    [row] = spark.sparkContext.parallelize([0], 1).mapPartitions(weights).collect()
    assert row == ((files / "inner/weights").read_bytes(), "7")
    (files / "factor.txt").write_text("8")
    assert shipped(spark.sparkContext, files) != name
