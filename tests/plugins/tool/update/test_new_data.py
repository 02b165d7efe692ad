"""A file of new events in place of a folder."""

from pathlib import Path

import fsspec
import polars as pl
import pytest
from changed_lock import change_lock
from seqrec_tool_update.new_data import _earlier_options, data_folder
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


@pytest.mark.parametrize("name", ["next", "next-data"])
def test_what_is_there_is_not_prepared_over(days, tmp_path, files, monkeypatch, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "yesterday.txt").touch()
    before, bundle = files(tmp_path), Bundle(days / "run")
    with pytest.raises(DataError, match=f"{name} is there already.*--resume"):
        data_folder(bundle, days / "day2.csv", tmp_path / "next")
    assert files(tmp_path) == before
    if name == "next-data":  # it has no schema, so that it is not what was prepared
        folder = data_folder(bundle, days / "day2.csv", tmp_path / "next", resume=True)
        assert (folder / "schema.json").is_file()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert data_folder(bundle, days / "day2.csv", Path()) == tmp_path / "here-data"


def test_a_report_at_a_uri_is_read_where_the_run_is_trusted(run, days, tmp_path, monkeypatch):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))
    system = fsspec.filesystem("memory")
    system.pipe("/day1/report.json", (tmp_path / "data" / "report.json").read_bytes())
    change_lock(run, lambda lock: lock["data"].update(folder="memory://day1"))
    with pytest.raises(DataError, match=r"memory://day1: let it choose.*--trust"):
        data_folder(Bundle(run), days / "day2.csv", tmp_path / "next")
    assert _earlier_options(Bundle(run), True)["user"] == "user"
    system.rm("/day1", recursive=True)
    assert _earlier_options(Bundle(run), True) == {}
