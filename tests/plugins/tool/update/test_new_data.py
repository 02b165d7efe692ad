"""A file of new events in place of a folder."""

from pathlib import Path

import polars as pl
import pytest
from seqrec_tool_update.new_data import data_folder
from seqrec_tool_update.update import update

from seqrec_core.bundle import Bundle
from seqrec_core.errors import DataError


def test_a_file_is_prepared_beside_the_run_as_the_command_does(days, tmp_path, files):
    result = update(days / "run", days / "day2.csv", tmp_path / "run2", epochs=0)
    there, expected = files(tmp_path / "run2-data"), files(days / "day2")
    for each in (there, expected):
        each.pop(Path("report.json"))  # which tells here that columns were named
    assert there == expected
    assert result.growth.new_items == 3
    again = data_folder(Bundle(days / "run"), days / "day2.csv", tmp_path / "run2", resume=True)
    assert again == tmp_path / "run2-data"
    assert data_folder(Bundle(days / "run"), days / "day2", tmp_path / "run2") == days / "day2"


def test_columns_and_times_are_read_as_in_the_data_of_the_run(days, run, tmp_path, seqrec):
    """Names that nobody could guess, and times in a form that is not ISO."""
    log = pl.read_csv(days / "day1.csv").rename({"user": "a", "item": "b", "timestamp": "c"})
    log = log.with_columns(pl.format("{}.01.2024", pl.col("c") + 1).alias("c"))
    log.write_csv(tmp_path / "odd.csv")
    report = tmp_path / "data" / "report.json"
    report.unlink()
    with pytest.raises(DataError, match=r"(?s)odd\.csv.*--ids-from"):
        data_folder(Bundle(run), tmp_path / "odd.csv", tmp_path / "out")
    options = ("--user", "a", "--item", "b", "--timestamp", "c", "--time-format", "%d.%m.%Y")
    seqrec("data", "prepare", tmp_path / "odd.csv", *options, "--out", tmp_path / "odd")
    (tmp_path / "odd" / "report.json").replace(report)
    folder = data_folder(Bundle(run), tmp_path / "odd.csv", tmp_path / "out")
    for name in ("train.parquet", "test.parquet"):
        one, other = (pl.read_parquet(each / name) for each in (folder, tmp_path / "data"))
        assert one["item_id"].to_list() == other["item_id"].to_list()
