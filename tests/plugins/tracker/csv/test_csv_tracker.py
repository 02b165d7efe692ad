"""Values of a run as CSV: read back by the csv module of Python."""

import csv
import math

import pytest
from seqrec_tracker_csv.csv_tracker import CsvTracker
from seqrec_tracker_csv.specs import CsvTrackerSpec

from seqrec_core.contracts import TrackerProto
from seqrec_core.errors import DataError


def started(run, resumed=False, **settings):
    tracker = CsvTracker(**settings)
    tracker.start(run, {}, resumed)
    return tracker


def lines(path):
    with path.open(newline="") as file:
        return [(int(step), name, float(value)) for step, name, value in [*csv.reader(file)][1:]]


def test_it_is_a_tracker():
    assert isinstance(CsvTracker(), TrackerProto)


def test_each_value_is_in_the_file_once_it_is_logged(tmp_path):
    tracker, path = started(tmp_path), tmp_path / "logs" / "metrics.csv"
    assert path.read_text() == "step,name,value\n"
    tracker.log({"train_loss": 0.1 + 0.2, "ndcg@10": 1e-7}, 50)
    assert lines(path) == [(50, "train_loss", 0.1 + 0.2), (50, "ndcg@10", 1e-7)]
    tracker.log({'a "name", of a stranger': 2}, 51)
    assert lines(path)[2:] == [(51, 'a "name", of a stranger', 2.0)]


def test_values_that_are_no_numbers_are_written_as_they_are(tmp_path):
    tracker = started(tmp_path)
    tracker.log({"nan": math.nan, "endless": -math.inf}, 1)
    (_, _, nan), (_, _, endless) = lines(tmp_path / "logs" / "metrics.csv")
    assert math.isnan(nan)
    assert endless == -math.inf


def test_a_resumed_run_adds_and_a_new_one_begins_anew(tmp_path):
    path = tmp_path / "logs" / "metrics.csv"
    started(tmp_path).log({"loss": 3.0}, 1)
    started(tmp_path, resumed=True).log({"loss": 2.0}, 2)
    assert lines(path) == [(1, "loss", 3.0), (2, "loss", 2.0)]
    started(tmp_path).log({"loss": 1.0}, 3)
    assert lines(path) == [(3, "loss", 1.0)]


@pytest.mark.parametrize("cut", range(1, 14))
def test_a_line_that_was_cut_short_is_taken_away(tmp_path, cut):
    tracker, path = started(tmp_path), tmp_path / "logs" / "metrics.csv"
    tracker.log({"loss": 3.0}, 1)
    tracker.log({"loss": 2.125}, 2)
    path.write_bytes(path.read_bytes()[:-cut])  # "2,loss,2.125\n" has 13 bytes
    started(tmp_path, resumed=True).log({"loss": 2.0}, 2)
    assert lines(path) == [(1, "loss", 3.0), (2, "loss", 2.0)]


@pytest.mark.parametrize("left", ["", "step,na"])
def test_a_file_without_a_whole_line_gets_its_header(tmp_path, left):
    (tmp_path / "values.csv").write_text(left)
    started(tmp_path, resumed=True, file="values.csv").log({"loss": 2.0}, 2)
    assert (tmp_path / "values.csv").read_text() == "step,name,value\n2,loss,2.0\n"


def test_nothing_is_added_to_a_file_of_another_kind(tmp_path):
    (tmp_path / "history.csv").write_text("epoch,step\n1,5\n")
    with pytest.raises(DataError, match=r"history.csv begins otherwise than 'step,name,value'"):
        started(tmp_path, resumed=True, file="history.csv")
    assert (tmp_path / "history.csv").read_text() == "epoch,step\n1,5\n"


@pytest.mark.parametrize("file", ["/elsewhere/a.csv", "../a.csv", "logs/../../a.csv", ""])
def test_a_file_beyond_the_folder_of_the_run_is_a_fault(file):
    ((field, message),) = CsvTrackerSpec(file=file).check()
    assert field == "file"
    assert repr(file) in message
    assert not [*CsvTrackerSpec(file="values.csv").check()]
