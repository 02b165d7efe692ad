"""`seqrec fit` on a ring of items: what it leaves, keeps and tells."""

import errno
import os
import signal
import warnings

import lightning
import pytest
import torch
from seqrec_fake_run import USERS, LastItem, show_truth
from seqrec_tool_run.fit import fit
from seqrec_tool_run.history_csv import HistoryCsv
from seqrec_trainer_lightning.lightning_trainer import LightningTrainer

from seqrec_core import Bundle
from seqrec_core.errors import DataError, PluginFaultError, SeqrecError
from seqrec_core.hookspecs import hookimpl
from seqrec_core.session import DEFAULT, load_resolved


def test_fit_leaves_a_bundle_with_metrics_logs_curve_and_report(run):
    names = {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()}
    assert {
        "spec.lock.json",
        "model.safetensors",
        "metrics.json",
        "items.parquet",
        "checkpoints/last.ckpt",
        "logs/history.csv",
        "report.html",
    } <= names
    metrics = Bundle.load(run).metrics
    assert metrics["validate/ndcg@10"] > 2 * metrics["validate/popularity/ndcg@10"] > 0
    page = (run / "report.html").read_text()
    assert "<h1>last_item</h1>" in page
    assert f"<td>{metrics['validate/ndcg@10']:.4f}</td>" in page


def test_fit_prints_each_epoch_the_metrics_and_the_paths(seqrec, spec, tmp_path):
    output = seqrec("fit", spec, "--out", tmp_path / "run", "--set", "trainer.max_epochs=2")
    for text in ("epoch 1", "epoch 2", "popularity", "ndcg@10", "bundle: ", "report: "):
        assert text in output


def test_a_second_fit_gives_the_same_weights_and_another_seed_others(seqrec, spec, run, tmp_path):
    seqrec("fit", spec, "--out", tmp_path / "same")
    seqrec("fit", spec, "--out", tmp_path / "other", "--set", "seed=4")
    weights = (run / "model.safetensors").read_bytes()
    assert (tmp_path / "same" / "model.safetensors").read_bytes() == weights
    assert (tmp_path / "other" / "model.safetensors").read_bytes() != weights


def test_the_bundle_holds_the_best_weights_not_the_last(seqrec, spec, tmp_path):
    class Spoil(lightning.Callback):
        def on_train_epoch_end(self, trainer, module):
            if trainer.current_epoch == 3:
                module.model.scores.data.neg_()

    out = tmp_path / "run"
    original = LightningTrainer.fit

    def fit(self, run, **arguments):
        self.callbacks = (Spoil(),)
        return original(self, run, **arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LightningTrainer, "fit", fit)
        seqrec("fit", spec, "--out", out, "--set", "trainer.patience=null")
    metrics = Bundle.load(out).metrics
    seqrec("evaluate", out, "--split", "validate")
    again = Bundle.load(out).metrics
    assert metrics["epoch"] <= 4
    assert again["validate/ndcg@10"] == pytest.approx(metrics["validate/ndcg@10"])


def test_the_finished_run_is_announced(seqrec, spec, tmp_path):
    class Listener:
        bundles: list = []

        @hookimpl
        def seqrec_run_finished(self, bundle):
            self.bundles.append(bundle.metrics["validate/ndcg@10"])

    listener = Listener()
    DEFAULT.listeners.manager.register(listener)
    try:
        seqrec("fit", spec, "--out", tmp_path / "run", "--set", "trainer.max_epochs=1")
    finally:
        DEFAULT.listeners.manager.unregister(listener)
    assert len(listener.bundles) == 1


@pytest.mark.filterwarnings("ignore:You.re resuming from a checkpoint")
def test_an_interrupted_fit_leaves_a_bundle_and_can_be_resumed(seqrec, spec, tmp_path, monkeypatch):
    out, forward, calls = tmp_path / "run", LastItem.forward, []

    def interrupted(self, feature_tensors, padding_mask, candidates_to_score=None):
        calls.append(self.training)
        if calls.count(True) == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return forward(self, feature_tensors, padding_mask, candidates_to_score)

    with monkeypatch.context() as patch:
        patch.setattr(LastItem, "forward", interrupted)
        output = seqrec("fit", spec, "--out", out, code=130)
    assert "interrupted; go on with --resume" in output
    assert Bundle.load(out).metrics["epoch"] == 1
    seqrec("evaluate", out)
    seqrec("fit", spec, "--out", out, "--resume")
    assert Bundle.load(out).metrics["validate/ndcg@10"] > 0.9


def test_a_fit_that_fails_before_it_has_trained_leaves_no_folder_of_its_own(
    seqrec, spec, tmp_path, monkeypatch
):
    monkeypatch.setattr(LastItem, "forward", _fails)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "notes.txt").write_text("mine")
    for out in ("run", "deep/er/run", "there", "there/run"):
        with pytest.raises(PluginFaultError, match="boom"):
            seqrec("fit", spec, "--out", tmp_path / out)
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "deep").exists()
    assert not (tmp_path / "there" / "run").exists()
    assert (tmp_path / "there" / "notes.txt").read_text() == "mine"


def test_a_fit_that_fails_later_leaves_what_it_trained(seqrec, spec, tmp_path, monkeypatch):
    class Fails(lightning.Callback):
        def on_train_epoch_start(self, trainer, module):
            if trainer.current_epoch == 1:
                monkeypatch.setattr(LastItem, "forward", _fails)

    original = LightningTrainer.fit

    def fit(self, run, **arguments):
        self.callbacks = (Fails(),)
        return original(self, run, **arguments)

    monkeypatch.setattr(LightningTrainer, "fit", fit)
    with pytest.raises(PluginFaultError, match="boom"):
        seqrec("fit", spec, "--out", tmp_path / "run")
    assert Bundle.load(tmp_path / "run").metrics["epoch"] == 1
    assert (tmp_path / "run" / "logs" / "history.csv").is_file()


def _fails(self, *arguments, **named):
    raise ValueError("boom")


def test_torch_is_left_with_its_threads(seqrec, spec, tmp_path):
    before = torch.get_num_threads()
    seqrec("fit", spec, "--out", tmp_path / "run", "--set", "trainer.max_epochs=1")
    assert torch.get_num_threads() == before


def test_targets_that_filters_take_out_are_told_at_the_first_validation(
    seqrec, spec, folder, tmp_path
):
    show_truth(folder / "validate.parquet", 9)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        seqrec("fit", spec, "--out", tmp_path / "run", "--set", "trainer.max_epochs=3")
    said = [str(each.message) for each in caught if "take out" in str(each.message)]
    assert len(said) == 1
    assert f"take out 9 of {USERS} true items" in said[0]


def test_where_filters_take_out_all_targets_nothing_is_trained_on(seqrec, spec, folder, tmp_path):
    show_truth(folder / "validate.parquet", USERS)
    message = rf"^validate: .* all {USERS} true items.*--set postprocessors=\[\]"
    with pytest.raises(DataError, match=message):
        seqrec("fit", spec, "--out", tmp_path / "run", "--set", "trainer.max_epochs=3")
    assert not (tmp_path / "run").exists()
    seqrec("fit", spec, "--out", tmp_path / "run", "--set", "postprocessors=[]")
    assert Bundle.load(tmp_path / "run").metrics["validate/recall@1"] > 0.9


def test_a_monitor_that_never_moves_is_told(seqrec, spec, tmp_path):
    still = ("--set", "trainer.optimizer.lr=1e-9", "--set", "trainer.max_epochs=3")
    said = seqrec("fit", spec, "--out", tmp_path / "still", *still)
    assert "in all 3 validations, so that it chose no best epoch" in said
    moving = ("--set", "trainer.optimizer.lr=0.003", "--set", "trainer.max_epochs=3")
    assert "chose no best epoch" not in seqrec("fit", spec, "--out", tmp_path / "moves", *moving)


def test_a_full_disk_is_told_in_one_sentence_and_the_run_goes_on(
    seqrec, spec, tmp_path, monkeypatch, run
):
    out, original = tmp_path / "small", HistoryCsv.record

    def full(self, row):
        if row["epoch"] == 2:
            raise OSError(errno.ENOSPC, "No space left on device", str(self.path))
        original(self, row)

    with monkeypatch.context() as patch:
        patch.setattr(HistoryCsv, "record", full)
        with pytest.raises(SeqrecError, match=r"^No space left on device: .*history.csv; free"):
            seqrec("fit", spec, "--out", out)
    seqrec("fit", spec, "--out", out, "--resume")
    weights = (out / "model.safetensors").read_bytes()
    assert weights == (run / "model.safetensors").read_bytes()


def test_fit_leaves_the_process_as_it_was(spec, tmp_path):
    def state():
        return (
            [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
            dict(os.environ),
            [*warnings.filters],
            torch.get_default_dtype(),
            torch.are_deterministic_algorithms_enabled(),
            torch.get_num_threads(),
            torch.is_grad_enabled(),
        )

    recipe = load_resolved(spec, ["trainer.max_epochs=1"]).recipe
    before = state()
    assert fit(recipe, tmp_path / "run")
    assert state() == before
