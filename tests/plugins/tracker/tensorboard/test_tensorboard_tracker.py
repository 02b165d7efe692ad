"""What TensorBoard reads of a log, by its own reader."""

import json
import math

import pytest
from seqrec_tracker_tensorboard.specs import TensorBoardTrackerSpec
from seqrec_tracker_tensorboard.tensorboard_tracker import TensorBoardTracker
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from seqrec_core.contracts import TrackerProto

RECIPE = {"seed": 3, "model": {"type": "sasrec", "dropout": 0.2}}


def started(run, resumed=False, **settings):
    tracker = TensorBoardTracker(**settings)
    tracker.start(run, RECIPE, resumed)
    return tracker


def log_of(path):
    log = EventAccumulator(str(path))
    log.Reload()
    return log


def scalars(path, name):
    return [(event.step, event.value) for event in log_of(path).Scalars(name)]


def test_it_is_a_tracker():
    assert isinstance(TensorBoardTracker(), TrackerProto)


def test_each_value_can_be_read_once_it_is_logged(tmp_path):
    tracker, path = started(tmp_path), tmp_path / "logs" / "tensorboard"
    tracker.log({"train_loss_step": 0.5, "lr-Adam": 0.25}, 50)
    tracker.log({"train_loss_step": math.nan}, 100)
    assert scalars(path, "lr-Adam") == [(50, 0.25)]
    (_, first), (step, second) = scalars(path, "train_loss_step")
    assert (first, step) == (0.5, 100)
    assert math.isnan(second)
    tracker.finish("finished")


def test_the_recipe_is_there_as_text(tmp_path):
    tracker = started(tmp_path, folder="curves")
    tracker.log({"loss": 1.0}, 1)
    tracker.finish("finished")
    (event,) = log_of(tmp_path / "curves").Tensors("recipe/text_summary")
    text = event.tensor_proto.string_val[0].decode()
    assert json.loads(text.removeprefix("```json").removesuffix("```")) == RECIPE


def test_a_resumed_run_hides_the_steps_that_it_makes_again(tmp_path):
    path = tmp_path / "logs" / "tensorboard"
    for resumed, steps in ((False, (1, 2, 3, 4)), (True, (2, 3))):
        tracker = started(tmp_path, resumed)
        for step in steps:
            tracker.log({"loss": 10.0 * resumed + step}, step)
        tracker.finish("interrupted")
    assert scalars(path, "loss") == [(1, 1.0), (2, 12.0), (3, 13.0)]


def test_a_run_that_begins_anew_hides_what_is_there_and_takes_nothing_away(tmp_path):
    path = tmp_path / "logs" / "tensorboard"
    tracker = started(tmp_path)
    tracker.log({"loss": 1.0, "old": 2.0}, 1)
    tracker.log({"loss": 3.0}, 5)
    tracker.finish("interrupted")
    (file,) = path.iterdir()
    before = file.read_bytes()
    tracker = started(tmp_path)
    tracker.log({"loss": 4.0}, 2)
    tracker.finish("finished")
    assert not scalars(path, "old")
    assert scalars(path, "loss") == [(2, 4.0)]
    assert file.read_bytes() == before


def test_a_run_that_tells_nothing_leaves_nothing(tmp_path):
    started(tmp_path).finish("failed")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("folder", ["/elsewhere/curves", "../curves"])
def test_a_folder_beyond_that_of_the_run_is_a_fault(folder):
    ((field, message),) = TensorBoardTrackerSpec(folder=folder).check()
    assert field == "folder"
    assert repr(folder) in message
    assert not [*TensorBoardTrackerSpec(folder="curves").check()]
