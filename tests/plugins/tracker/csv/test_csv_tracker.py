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


@pytest.mark.parametrize("resumed", [True, False])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch,step\n1,5\n", "begins otherwise than 'step,name,value'"),
        ("step,name,value,more\n1,a,2,3\n", "begins otherwise than 'step,name,value'"),
        ("step,name,value\n1,a,2\nx,b,3\n2,a,3\n", r"row 3 is \['x', 'b', '3'\]"),
    ],
)
def test_a_file_that_holds_something_else_stays_as_it_is(tmp_path, resumed, text, message):
    (tmp_path / "values.csv").write_text(text)
    with pytest.raises(DataError, match=f"values.csv:? {message}"):
        started(tmp_path, resumed=resumed, file="values.csv")
    assert (tmp_path / "values.csv").read_text() == text


LOGGED = [  # as a trainer does: values of a step, then those of a validation after it
    *(({"train_loss": 1 / step}, step) for step in (1, 2, 3)),
    ({"ndcg@10": 0.25, "loss": 0.5}, 3),
    *(({"train_loss": 1 / step}, step) for step in (4, 5)),
    ({"ndcg@10": 0.5, "loss": 0.125}, 5),
    ({"speed": 9.0}, 5),
]


@pytest.mark.parametrize("ended", range(len(LOGGED) + 1))
@pytest.mark.parametrize("checkpoint", range(len(LOGGED)))
def test_steps_that_a_resumed_run_makes_again_stand_there_once(tmp_path, checkpoint, ended):
    """It goes on from any place before the one where it ended, and ends up with the same file."""
    path = tmp_path / "logs" / "metrics.csv"
    whole = started(tmp_path)
    for values, step in LOGGED:
        whole.log(values, step)
    text = path.read_text()
    for resumed, calls in ((False, LOGGED[:ended]), (True, LOGGED[min(checkpoint, ended) :])):
        tracker = started(tmp_path, resumed)
        for values, step in calls:
            tracker.log(values, step)
    assert path.read_text() == text


def test_a_resumed_run_may_say_a_value_twice_in_a_step_as_any_run_may(tmp_path):
    started(tmp_path).log({"loss": 3.0}, 1)
    tracker = started(tmp_path, resumed=True)
    for value in (2.0, 1.0):
        tracker.log({"loss": value}, 1)
    assert lines(tmp_path / "logs" / "metrics.csv") == [(1, "loss", 2.0), (1, "loss", 1.0)]


@pytest.mark.parametrize("file", ["/elsewhere/a.csv", "../a.csv", "logs/../../a.csv", ""])
def test_a_file_beyond_the_folder_of_the_run_is_a_fault(file):
    ((field, message),) = CsvTrackerSpec(file=file).check()
    assert field == "file"
    assert repr(file) in message
    assert not [*CsvTrackerSpec(file="values.csv").check()]
