"""The rows of a run, as CSV."""

import pytest
from seqrec_tool_run import history_csv
from seqrec_tool_run.history_csv import HistoryCsv, read_rows, write_rows

from seqrec_core.errors import DataError

ROWS = [{"epoch": epoch / 2, "step": 5 * epoch, "train_loss": 1 / epoch} for epoch in (1, 2, 3)]


def test_columns_that_a_row_lacks_stay_empty_and_are_left_out_when_read(tmp_path):
    rows = [{"epoch": 1.0, "step": 5.0}, {"epoch": 2.0, "ndcg@10": 0.25}]
    write_rows(rows, tmp_path / "history.csv")
    text = (tmp_path / "history.csv").read_text()
    assert text.splitlines() == ["epoch,step,ndcg@10", "1.0,5.0,", "2.0,,0.25"]
    assert read_rows(tmp_path / "history.csv") == rows


def test_each_row_is_in_the_file_once_it_is_recorded(tmp_path):
    path = tmp_path / "logs" / "history.csv"
    history = HistoryCsv(path)
    for count, row in enumerate(ROWS, 1):
        history.record(row)
        assert read_rows(path) == ROWS[:count]


def test_a_resumed_run_leaves_the_file_as_an_uninterrupted_one_does(tmp_path):
    whole, parts = tmp_path / "whole.csv", tmp_path / "parts.csv"
    history = HistoryCsv(whole)
    for row in ROWS:
        history.record(row)
    first = HistoryCsv(parts)
    for row in ROWS[:2]:
        first.record(row)
    second = HistoryCsv(parts, goes_on=True)
    for row in ROWS[1:]:  # the run was killed after a row and before its checkpoint
        second.record(row)
    assert parts.read_text() == whole.read_text()


def test_a_run_that_begins_anew_forgets_an_earlier_one(tmp_path):
    write_rows(ROWS, tmp_path / "history.csv")
    HistoryCsv(tmp_path / "history.csv").record(ROWS[2])
    assert read_rows(tmp_path / "history.csv") == [ROWS[2]]
    HistoryCsv(tmp_path / "other.csv", goes_on=True).record(ROWS[0])
    assert read_rows(tmp_path / "other.csv") == [ROWS[0]]


def test_two_validations_within_one_optimiser_step_are_two_rows(tmp_path):
    history = HistoryCsv(tmp_path / "history.csv")
    for epoch in (0.25, 0.5):
        history.record({"epoch": epoch, "step": 0})
    assert [row["epoch"] for row in read_rows(tmp_path / "history.csv")] == [0.25, 0.5]


@pytest.mark.parametrize("text", ["", "epoch,step", "epoch,step\n1,5", "epoch,step\n1,5\n1", None])
def test_a_file_that_was_cut_or_cannot_be_read_is_named(tmp_path, text):
    path = tmp_path / "history.csv"
    path.mkdir() if text is None else path.write_text(text)
    with pytest.raises(DataError, match=r"history\.csv is damaged: .*; restore it, or remove it"):
        read_rows(path)


@pytest.mark.parametrize("cut", [1, 2, 9, 20])
def test_a_last_line_that_was_cut_short_is_dropped_by_a_resumed_run(tmp_path, cut):
    path = tmp_path / "history.csv"
    write_rows(ROWS, path)
    text = path.read_bytes()
    path.write_bytes(text[:-cut])
    history = HistoryCsv(path, goes_on=True)
    history.record(ROWS[2])
    assert read_rows(path)[-1] == ROWS[2]
    assert path.read_bytes() == text or cut > 10


def test_a_damaged_row_in_the_middle_is_an_error(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,step\n1,5\nx,y\n3,15\n")
    for read in (read_rows, lambda path: HistoryCsv(path, goes_on=True)):
        with pytest.raises(DataError, match="line 3 is no row of 2 numbers"):
            read(path)


def test_at_the_end_the_file_has_the_rows_of_the_run(tmp_path):
    path = tmp_path / "history.csv"
    write_rows(ROWS, path)
    HistoryCsv(path, goes_on=True).settle(ROWS[:2])  # ended where its checkpoint was
    assert read_rows(path) == ROWS[:2]
    path.unlink()
    HistoryCsv(path, goes_on=True).settle(ROWS)
    assert read_rows(path) == ROWS


def test_a_later_row_is_a_line_at_the_end_and_others_write_the_file_anew(tmp_path, monkeypatch):
    path, whole = tmp_path / "history.csv", tmp_path / "whole.csv"
    path.symlink_to(tmp_path / "elsewhere.csv")  # which is not written through
    (tmp_path / "elsewhere.csv").write_text("")
    history, writes = HistoryCsv(path), []

    def write(rows, path):
        writes.append(len(rows))
        write_rows(rows, path)

    monkeypatch.setattr(history_csv, "write_rows", write)
    rows = [*ROWS, {"epoch": 9.0}, {"epoch": 8.0, "step": 1}, {"epoch": 8.5, "ndcg@10": 0.5}]
    for row in rows:
        history.record(row)
    assert writes == [1, 4, 5], "the first, one that comes before the last, and a new column"
    write_rows([*ROWS, *rows[4:]], whole)
    assert path.read_bytes() == whole.read_bytes()
    assert (tmp_path / "elsewhere.csv").read_text() == ""
    path.unlink()
    history.record({"epoch": 10.0})
    assert read_rows(path)[:3] == ROWS
    assert history.row() == {"epoch": 10.0}
    assert history.row(0.5) == ROWS[0]
    assert history.row(7) is None
    assert HistoryCsv(path, goes_on=True).row(8.5) == rows[-1]


def test_a_line_that_finds_no_room_leaves_the_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "history.csv"
    history = HistoryCsv(path)
    history.record(ROWS[0])

    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(history_csv, "sync", full)
    with pytest.raises(OSError, match="No space"):
        history.record(ROWS[1])
    assert read_rows(path) == ROWS[:1]
