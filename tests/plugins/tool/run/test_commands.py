"""What the commands refuse before anything runs, and what they import."""

import functools
import os
import signal
import subprocess
import sys

import pytest
from seqrec_fake_run import LastItem
from seqrec_tool_run.popularity import Popularity
from seqrec_tool_run.run_folder import RunFolder

from seqrec_core.errors import BundleError, SeqrecError


def test_outputs_of_the_wrong_kind_are_refused_before_anything_runs(seqrec, spec, run):
    with pytest.raises(SeqrecError, match=r"spec.json is a file; choose a folder"):
        seqrec("fit", spec, "--out", spec)
    with pytest.raises(SeqrecError, match=r"run is a folder; name a file, such as .*/top.parquet"):
        seqrec("predict", run, "--out", run)


def test_a_folder_that_is_no_bundle_is_refused(seqrec, tmp_path):
    with pytest.raises(BundleError, match="is no bundle"):
        seqrec("evaluate", tmp_path)


def test_the_commands_do_not_import_torch_until_they_run():
    code = "import sys, seqrec_tool_run.commands; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def interrupt(patch, model, number):
    """Has this process get a signal as soon as a model is asked."""
    forward = model.forward

    @functools.wraps(forward)
    def interrupted(self, *arguments, **columns):
        os.kill(os.getpid(), number)
        return forward(self, *arguments, **columns)

    patch.setattr(model, "forward", interrupted)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_interrupted_never_ends_as_if_it_had_done_its_work(
    seqrec, run, tmp_path, monkeypatch, number
):
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    interrupt(monkeypatch, LastItem, number)
    assert "interrupted" in seqrec("evaluate", run, code=130)
    if number == signal.SIGINT:  # a prediction goes on to its end after the other
        assert "interrupted" in seqrec("predict", run, "--out", tmp_path / "top.csv", code=130)
        assert not [*tmp_path.glob("*top.csv*")]
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.filterwarnings("ignore:You.re resuming from a checkpoint")
def test_a_run_that_is_interrupted_after_its_training_goes_on(
    seqrec, spec, run, tmp_path, monkeypatch, number
):
    out = tmp_path / "other"
    with monkeypatch.context() as patch:
        interrupt(patch, Popularity, number)
        assert "go on with --resume" in seqrec("fit", spec, "--out", out, code=130)
    assert RunFolder(out).is_unfinished
    seqrec("fit", spec, "--out", out, "--resume")
    for name in ("model.safetensors", "metrics.json"):
        assert (out / name).read_bytes() == (run / name).read_bytes()
