"""A data folder is replaced as a whole or left as it was, and never what is read."""

import errno
import os
import resource
from contextlib import suppress

import polars as pl
import pytest
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.publication import unfinished

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.json").write_text(text)


@pytest.fixture
def out(tmp_path):
    """A data folder that is there already."""
    with unfinished(tmp_path / "data", []) as folder:
        write(folder, schema="old", report="old", other="old")
    return tmp_path / "data"


def test_files_take_their_places_at_the_end(out):
    with unfinished(out, []) as folder:
        write(folder, schema="new", report="new")
        (folder / "buckets").mkdir()
        assert (out / "schema.json").read_text() == "old"
    assert contents(out) == {"schema.json": "new", "report.json": "new", "other.json": "old"}


def test_an_error_leaves_the_folder_as_it_was(out):
    def fail():
        with unfinished(out, []) as folder:
            write(folder, schema="new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert contents(out) == {"schema.json": "old", "report.json": "old", "other.json": "old"}


@pytest.mark.parametrize("moves", range(4))
def test_a_preparation_that_is_killed_while_its_files_are_moved_is_finished_by_the_next(
    out, monkeypatch, moves
):
    replace, left = os.replace, iter(range(moves))

    def interrupt(*places):
        if next(left, None) is None:
            raise KeyboardInterrupt
        replace(*places)

    monkeypatch.setattr("os.replace", interrupt)
    with suppress(KeyboardInterrupt), unfinished(out, []) as folder:
        write(folder, schema="new", report="new", users="new")
    assert (out / "schema.json").exists() == (moves == 3)  # no reader takes it for whole before
    monkeypatch.undo()
    assert DataFolder(out).settle() == (moves < 3)
    new = {f"{name}.json": "new" for name in ("schema", "report", "users")}
    assert contents(out) == new | {"other.json": "old"}


def test_what_a_killed_preparation_left_is_taken_away(out):
    (out / ".prepare-left").mkdir()
    with unfinished(out, []) as folder:
        write(folder, schema="new")
    assert sorted(path.name for path in out.iterdir()) == [
        "other.json",
        "report.json",
        "schema.json",
    ]


def test_two_preparations_of_one_folder_are_refused(out):
    with (
        unfinished(out, []),
        pytest.raises(DataError, match=r"another process prepares.*choose another --out"),
        unfinished(out, []),
    ):
        pass


def test_a_full_disk_leaves_the_folder_as_it_was(out):
    def fill():
        with unfinished(out, []) as folder:
            write(folder, schema="new")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(
        DataError, match=r"No space left on device; make room.*Earlier data is as it was"
    ):
        fill()
    assert contents(out) == {"schema.json": "old", "report.json": "old", "other.json": "old"}


@pytest.mark.parametrize("name", ["train.parquet", "items.parquet", "."])
def test_what_is_read_is_never_replaced(tmp_path, name):
    other = tmp_path / "log.csv"
    with (
        pytest.raises(DataError, match=r"would be replaced.*choose another --out"),
        unfinished(tmp_path, [other, str(tmp_path / name)]),
    ):
        pass
    assert not list(tmp_path.iterdir())


def test_an_out_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "data").touch()
    with (
        pytest.raises(DataError, match=r"data: cannot be made a folder.*choose another --out"),
        unfinished(tmp_path / "data", []),
    ):
        pass


def test_a_preparation_that_fails_leaves_all_files_as_they_were(tmp_path, write_log):
    out, events = tmp_path / "data", [(1, 1, 1), (1, 2, 2)]
    prepare(write_log(tmp_path, events), out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert len(before) == 10
    log = write_log(tmp_path, [*events, (1, 3, 3)])
    log.write_text(log.read_text() + "1,4,never\n")
    with pytest.raises(DataError, match="never"):
        prepare(log, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_inputs_of_a_preparation_are_not_replaced(tmp_path, write_log):
    log, side = write_log(tmp_path, [(1, 1, 1)]), tmp_path / "items.parquet"
    side.touch()
    with pytest.raises(DataError, match=r"items\.parquet: would be replaced"):
        prepare(log, tmp_path, items=side, item_features="year:numerical")
    side.unlink()
    pl.read_csv(log).write_parquet(tmp_path / "train.parquet")
    for source in (tmp_path / "train.parquet", tmp_path):
        with pytest.raises(DataError, match="would be replaced"):
            prepare(source, tmp_path)


@pytest.mark.parametrize("room", [500, 2_000, 8_000])
def test_a_disk_without_room_is_named_and_leaves_all_files_as_they_were(tmp_path, write_log, room):
    log, out = write_log(tmp_path, [(n % 97, n * 7 % 499, n) for n in range(5_000)]), tmp_path / "d"
    prepare(log, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(DataError, match=r"File too large; make room, or choose another --out"):
            prepare(log, out, min_user_count=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_failure_leaves_no_new_folder(tmp_path):
    def fail(out):
        with unfinished(out, []):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail(tmp_path / "a" / "b")
    assert not (tmp_path / "a").exists()
    (tmp_path / "a").mkdir()
    with pytest.raises(RuntimeError):
        fail(tmp_path / "a")
    assert (tmp_path / "a").is_dir()
