"""Runs that version 0.1.0 trained, see bundles/README.md: every command gives what it gave."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from seqrec_core import load, resolve
from seqrec_core.cli import app
from seqrec_core.errors import SeqrecError

STORED = Path(__file__).parent / "bundles" / "trained"
MODELS = ["sasrec", "two_tower"]

pytestmark = pytest.mark.filterwarnings("ignore:.*was made with other code:RuntimeWarning")


def seqrec(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def runs(tmp_path):
    """A copy of the stored runs and their data."""
    return shutil.copytree(STORED, tmp_path / "runs")


@pytest.mark.parametrize("model", MODELS)
def test_evaluate_gives_the_metrics_that_it_gave(runs, model):
    before = json.loads((runs / model / "metrics.json").read_text())
    for split in ("validate", "test"):
        seqrec("evaluate", runs / model, "--split", split)
    after = json.loads((runs / model / "metrics.json").read_text())
    assert after == pytest.approx(before, abs=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_predict_recommends_what_it_recommended(runs, model):
    seqrec("predict", runs / model, "--out", runs / "new.parquet")
    old, new = (
        pq.read_table(p) for p in (runs / model / "recommendations.parquet", runs / "new.parquet")
    )
    assert new.drop(["score"]).equals(old.drop(["score"]))
    assert new["score"].to_pylist() == pytest.approx(old["score"].to_pylist(), abs=1e-5)


def test_a_run_goes_on_as_it_would_have(runs):
    spec = runs / "spec.json"
    shutil.copy(runs / "sasrec" / "spec.json", spec)
    seqrec("fit", spec, "--out", runs / "sasrec", "--resume", "--set", "trainer.max_epochs=3")
    metrics = json.loads((runs / "sasrec" / "metrics.json").read_text())
    assert metrics["epoch"] == 3
    assert metrics["validate/ndcg@10"] == pytest.approx(0.18370701, abs=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_a_stored_spec_means_what_its_lock_says(runs, model):
    """But for defaults that have changed since."""
    spec = runs / "spec.json"
    shutil.copy(runs / model / "spec.json", spec)
    changed = ["trainer.validate_every=1.0", "model.embedder.init=reference"]
    now = resolve(load(spec, changed))
    assert now == resolve(load(runs / model / "spec.lock.json"))


def test_the_optimiser_is_found_by_the_name_it_had(runs):
    trainer = load(runs / "sasrec" / "spec.lock.json").trainer
    written = json.loads((runs / "sasrec" / "spec.lock.json").read_text())["trainer"]
    assert written["optimizer"]["type"] == "seqrec-trainer-lightning:adam"
    assert type(trainer.optimizer).__module__ == "seqrec_optimizer_standard.specs"


def test_a_name_that_nobody_had_is_a_fault(runs):
    change = 'trainer.optimizer={"type": "seqrec-trainer-lightning:lion"}'
    with pytest.raises(SeqrecError, match="lion"):
        load(runs / "sasrec" / "spec.lock.json", [change])


def test_a_run_with_callbacks_that_had_filters_of_their_own_is_read(runs):
    path = runs / "sasrec" / "spec.lock.json"
    lock = json.loads(path.read_text())
    filters = lock["trainer"]["metrics"]["postprocessors"]
    callback = {"type": "seqrec-callback-top-items:torch_top_items", "top_k": 5}
    lock["trainer"]["callbacks"] = [callback | {"postprocessors": filters}]
    path.write_text(json.dumps(lock))
    before = load(STORED / "sasrec" / "spec.lock.json")
    after = load(path)
    assert after.postprocessors == before.postprocessors
    assert [callback.top_k for callback in after.trainer.callbacks] == [5]
    lock["trainer"]["callbacks"] = [callback | {"postprocessors": []}]
    path.write_text(json.dumps(lock))
    with pytest.warns(UserWarning, match=r"trainer\.callbacks\[0\]\.postprocessors: was \[\]"):
        assert load(path).postprocessors == before.postprocessors
