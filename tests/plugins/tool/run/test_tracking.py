"""Trackers of a run: what they are told, when, and what comes of one that fails."""

import csv
import json
import math
import os
import signal
import subprocess
import sys

import lightning
import pytest
from notebook_tracker import CALLS, Notebook, NotebookSpec
from seqrec_fake_run import LastItem
from seqrec_tool_run.history_csv import read_rows
from seqrec_tool_run.tracking import Tracking
from seqrec_trainer_lightning.lightning_trainer import LightningTrainer

from seqrec_core import Bundle, registry
from seqrec_core.errors import PluginFaultError, SpecError
from seqrec_core.session import dump, load_resolved


@pytest.fixture(autouse=True)
def notebook():
    part = registry.register("notebook", NotebookSpec)
    CALLS.clear()
    yield
    registry.unregister(part)


def trackers(*settings):
    """The assignment of a list of notebooks."""
    parts = [{"type": "notebook", **each} for each in settings]
    return ["--set", f"trackers={json.dumps(parts)}", "--set", "trainer.log_every_n_steps=2"]


def calls_of(name):
    return [call[1:] for call in CALLS if call[0] == name]


def test_each_is_told_the_start_the_values_and_the_end(seqrec, spec, tmp_path):
    out = tmp_path / "run"
    seqrec("fit", spec, "--out", out, *trackers({"name": "a"}, {"name": "b"}))
    assert calls_of("a") == calls_of("b")
    (method, folder, recipe, resumed), *values, end = calls_of("a")
    assert (method, folder, resumed) == ("start", out, False)
    assert recipe["seed"] == 3
    assert recipe["trackers"][1] == {"type": "local:notebook", "name": "b", "fails": ""}
    assert end == ("finish", "finished")
    rows = read_rows(out / "logs" / "history.csv")
    measured = [(row["ndcg@10"], step) for _, row, step in values if "ndcg@10" in row]
    assert measured == [(pytest.approx(row["ndcg@10"]), row["step"]) for row in rows]
    steps = [step for _, row, step in values if "train_loss_step" in row]
    assert steps == [*range(2, int(rows[-1]["step"]) + 1, 2)]


def test_by_default_there_are_curves_for_tensorboard_and_without_trackers_none(
    seqrec, spec, tmp_path
):
    short = ["--set", "trainer.max_epochs=1"]
    seqrec("fit", spec, "--out", tmp_path / "default", *short)
    assert len([*(tmp_path / "default" / "logs" / "tensorboard").iterdir()]) == 1
    seqrec("fit", spec, "--out", tmp_path / "none", *short, "--set", "trackers=[]")
    assert [path.name for path in (tmp_path / "none" / "logs").iterdir()] == ["history.csv"]


@pytest.mark.filterwarnings("ignore:You.re resuming from a checkpoint")
def test_a_run_that_is_interrupted_and_goes_on_is_said_to_be_so(
    seqrec, spec, tmp_path, monkeypatch
):
    out, forward, calls = tmp_path / "run", LastItem.forward, []

    def interrupted(self, feature_tensors, padding_mask, candidates_to_score=None):
        calls.append(self.training)
        if calls.count(True) == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return forward(self, feature_tensors, padding_mask, candidates_to_score)

    both = '{"type": "csv"}, {"type": "notebook"}'
    settings = ["--set", f"trackers=[{both}]", "--set", "trainer.log_every_n_steps=1"]
    with monkeypatch.context() as patch:
        patch.setattr(LastItem, "forward", interrupted)
        seqrec("fit", spec, "--out", out, *settings, code=130)
    assert CALLS[-1] == ("a", "finish", "interrupted")
    CALLS.clear()
    seqrec("fit", spec, "--out", out, "--resume", *settings)
    assert CALLS[0][-1] is True
    assert CALLS[-1] == ("a", "finish", "finished")
    with (out / "logs" / "metrics.csv").open(newline="") as file:
        rows = [*csv.DictReader(file)]
    steps = [int(row["step"]) for row in rows if row["name"] == "train_loss_step"]
    last = int(read_rows(out / "logs" / "history.csv")[-1]["step"])
    assert steps == [*range(1, 5), *range(6, last + 1)]  # the process ended in the fifth


def test_a_run_that_fails_is_said_to_have_failed(seqrec, spec, tmp_path, monkeypatch):
    class Fails(lightning.Callback):
        def on_train_epoch_start(self, trainer, module):
            if trainer.current_epoch == 1:
                raise ValueError("boom")

    original = LightningTrainer.fit

    def fit(self, run, **arguments):
        self.callbacks = (Fails(),)
        return original(self, run, **arguments)

    monkeypatch.setattr(LightningTrainer, "fit", fit)
    with pytest.raises(PluginFaultError, match=r"^trainer .*boom"):  # not that of a tracker
        seqrec("fit", spec, "--out", tmp_path / "run", *trackers({"fails": "finish"}, {}))
    assert calls_of("a")[-2:] == [("finish", "failed"), ("finish", "failed")]


@pytest.mark.parametrize("method", ["start", "log", "finish"])
def test_a_tracker_that_fails_is_named_and_the_others_are_told_the_end(
    seqrec, spec, tmp_path, method
):
    out = tmp_path / "run"
    with pytest.raises(PluginFaultError) as caught:
        seqrec("fit", spec, "--out", out, *trackers({}, {"name": "bad", "fails": method}))
    assert str(caught.value) == (
        "trackers[1] (tracker 'notebook' of local): _note failed: OSError: no space left; "
        "seqrec --debug shows the traceback"
    )
    state = "finished" if method == "finish" else "failed"
    assert calls_of("a")[-1] == ("finish", state)
    assert out.exists() == (method == "finish")
    if method == "finish":
        assert Bundle.load(out).metrics["epoch"] >= 1
        assert (out / "report.html").is_file()  # the run is whole


def test_one_that_lacks_a_method_is_refused_before_training(seqrec, spec, tmp_path, monkeypatch):
    monkeypatch.setattr(NotebookSpec, "target", "notebook_tracker:Mute")
    with pytest.raises(SpecError, match=r"trackers\[0\].type: .* lacks one of start, log, finish"):
        seqrec("fit", spec, "--out", tmp_path / "run", *trackers({}))
    assert not (tmp_path / "run").exists()


def test_a_run_that_is_never_told_anything_starts_and_ends_nothing(tmp_path):
    tracking = Tracking([Notebook("a", "")], tmp_path, {}, False)
    with tracking:
        tracking.finish("finished")
    assert CALLS == []


def test_values_that_are_no_numbers_are_passed_as_they_are(tmp_path):
    tracking = Tracking([Notebook("a", ""), Notebook("b", "")], tmp_path, {"seed": 1}, True)
    tracking.log({"loss": math.nan}, 3)
    tracking.finish("finished")
    for name in "ab":
        start, (_, values, step), end = calls_of(name)
        assert start == ("start", tmp_path, {"seed": 1}, True)
        assert (math.isnan(values["loss"]), step) == (True, 3)
        assert end == ("finish", "finished")


@pytest.mark.slow
def test_of_two_processes_the_first_alone_tells(spec, tmp_path):
    out = tmp_path / "run"
    code = (
        "import json, sys; from seqrec_core.cli.app import app; from seqrec_fake_run import *;\n"
        "with registered(): app(sys.argv[1:], standalone_mode=False)"
    )
    recipe = dump(load_resolved(spec).recipe)
    recipe["trackers"] = [{"type": "csv"}, {"type": "tensorboard"}]
    recipe["trainer"] |= {"devices": 2, "strategy": "ddp", "max_epochs": 2, "log_every_n_steps": 1}
    spec.write_text(json.dumps(recipe))
    script = tmp_path / "script.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, str(script), "fit", str(spec), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": "tests/fakes", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert len([*(out / "logs" / "tensorboard").iterdir()]) == 1
    with (out / "logs" / "metrics.csv").open(newline="") as file:
        rows = [*csv.DictReader(file)]
    values = [(row["step"], row["name"]) for row in rows]
    assert values.count(("1", "train_loss_step")) == values.count(("1", "lr-RowAdam")) == 1
