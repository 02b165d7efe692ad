"""`seqrec fit`, `evaluate` and `predict` on a folder of a ring of items: i follows i - 1."""

import json
import os
import signal

import lightning
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_fake_run import FolderSpec, LastItem, LastItemSpec
from seqrec_tool_run.report import write_report
from typer.testing import CliRunner

from seqrec_core import Bundle, load, registry, resolve
from seqrec_core.cli.app import app
from seqrec_core.errors import BundleError, DataError, SeqrecError, SpecError
from seqrec_core.hookspecs import hookimpl
from seqrec_core.session import DEFAULT

ITEMS, USERS, LENGTH = 12, 36, 4
NAMES = [f"item {index}" for index in range(ITEMS)]


@pytest.fixture(autouse=True)
def components():
    made = [registry.register("last_item", LastItemSpec), registry.register("folder", FolderSpec)]
    yield
    for component in made:
        registry.unregister(component)


@pytest.fixture
def folder(tmp_path):
    """User u walks the ring from item u; the next two items are truth, the rest is history."""
    path = tmp_path / "data"
    path.mkdir()
    write_split(path, "train", 0)
    write_split(path, "validate", 1)
    write_split(path, "test", 2)
    write_split(path, "predict", 3)
    counts = [100 if index == 5 else 1 for index in range(ITEMS)]
    items = pa.table({"item_id": range(ITEMS), "item": NAMES, "count": counts})
    pq.write_table(items, path / "items.parquet")
    users = {"query_id": range(USERS), "user": [1000 + user for user in range(USERS)]}
    pq.write_table(pa.table(users), path / "users.parquet")
    return path


def write_split(path, split, shift) -> None:
    walks = [[(user + shift + step) % ITEMS for step in range(LENGTH)] for user in range(USERS)]
    columns = {"query_id": range(USERS), "item_id": walks}
    if split != "train":
        columns["seen_ids"] = walks
        columns["ground_truth"] = [[(walk[-1] + 1) % ITEMS] for walk in walks]
        columns["train"] = walks
    pq.write_table(pa.table(columns), path / f"{split}.parquet")


@pytest.fixture
def spec(tmp_path, folder):
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": ITEMS}
    raw = {
        "seqrec": 1,
        "seed": 3,
        "schema": {"features": [item]},
        "model": {"type": "last_item"},
        "data": {"type": "folder", "folder": "data", "batch_size": 12},
        "trainer": {
            "type": "lightning",
            "max_epochs": 8,
            "optimizer": {"type": "adam", "lr": 0.3},
            "accelerator": "cpu",
        },
    }
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(raw))
    return path


def seqrec(*arguments, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def run(spec, tmp_path):
    seqrec("fit", spec, "--out", tmp_path / "run")
    return tmp_path / "run"


def test_padding_that_shifts_item_ids_is_refused(spec):
    raw = json.loads(spec.read_text())
    item = raw["schema"]["features"][0]
    item["padding_value"] = ITEMS
    resolve(load(raw))
    item["padding_value"] = 0
    with pytest.raises(SpecError) as caught:
        resolve(load(raw))
    assert str(caught.value) == (
        "schema.features[0].padding_value: is 0; metrics and recommendations need the items 0 to "
        "11 and padding after them: remove it, and count items from 0"
    )
    resolve(load({**raw, "trainer": None}))


def test_fit_leaves_a_bundle_with_metrics_logs_curve_and_report(run):
    names = {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()}
    assert {
        "spec.lock.json",
        "model.safetensors",
        "metrics.json",
        "items.parquet",
        "checkpoints/last.ckpt",
        "logs/history.csv",
        "curve.png",
        "report.html",
    } <= names
    metrics = Bundle.load(run).metrics
    assert metrics["validate/ndcg@10"] > 2 * metrics["validate/popularity/ndcg@10"] > 0
    page = (run / "report.html").read_text()
    assert "<h1>last_item</h1>" in page
    assert f"<td>{metrics['validate/ndcg@10']:.4f}</td>" in page


def test_fit_prints_each_epoch_the_metrics_and_the_paths(spec, tmp_path):
    output = seqrec("fit", spec, "--out", tmp_path / "run", "--set", "trainer.max_epochs=2")
    for text in ("epoch 1", "epoch 2", "popularity", "ndcg@10", "bundle: ", "report: "):
        assert text in output


def test_a_second_fit_gives_the_same_weights_and_another_seed_others(spec, run, tmp_path):
    seqrec("fit", spec, "--out", tmp_path / "same")
    seqrec("fit", spec, "--out", tmp_path / "other", "--set", "seed=4")
    weights = (run / "model.safetensors").read_bytes()
    assert (tmp_path / "same" / "model.safetensors").read_bytes() == weights
    assert (tmp_path / "other" / "model.safetensors").read_bytes() != weights


def test_the_bundle_holds_the_best_weights_not_the_last(spec, tmp_path):
    class Spoil(lightning.Callback):
        def on_train_epoch_end(self, trainer, module):
            if trainer.current_epoch == 3:
                module.model.scores.data.neg_()

    out = tmp_path / "run"
    from seqrec_trainer_lightning import trainer as module

    original = module.LightningTrainer.fit

    def fit(self, *arguments):
        self.callbacks = (Spoil(),)
        return original(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.LightningTrainer, "fit", fit)
        seqrec("fit", spec, "--out", out, "--set", "trainer.patience=null")
    metrics = Bundle.load(out).metrics
    seqrec("evaluate", out, "--split", "validate")
    again = Bundle.load(out).metrics
    assert metrics["epoch"] <= 4
    assert again["validate/ndcg@10"] == pytest.approx(metrics["validate/ndcg@10"])


def test_the_finished_run_is_announced(spec, tmp_path):
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


def test_an_existing_run_is_not_overwritten(spec, run):
    with pytest.raises(SeqrecError, match="holds a run; go on with it by --resume"):
        seqrec("fit", spec, "--out", run)


@pytest.mark.parametrize("resume", [(), ("--resume",)])
def test_a_model_without_its_checkpoints_is_not_overwritten(spec, run, resume):
    (run / "checkpoints" / "last.ckpt").unlink()
    with pytest.raises(SeqrecError, match="run holds a model, and no checkpoint to go on from"):
        seqrec("fit", spec, "--out", run, *resume)


def test_a_checkpoint_cut_short_is_named(spec, tmp_path):
    out = tmp_path / "run"
    seqrec("fit", spec, "--out", out, "--set", "trainer.max_epochs=1")
    last = out / "checkpoints" / "last.ckpt"
    last.write_bytes(last.read_bytes()[:-100])
    with pytest.raises(SeqrecError, match=r"last.ckpt is damaged.*another --out"):
        seqrec("fit", spec, "--out", out, "--set", "trainer.max_epochs=2", "--resume")


@pytest.mark.filterwarnings("ignore:test, epoch 0. none of")
def test_a_split_without_true_items_has_no_metrics(run, folder):
    path = folder / "test.parquet"
    table = pq.read_table(path)
    nothing = pa.array([[]] * USERS, pa.list_(pa.int64()))
    place = table.column_names.index("ground_truth")
    pq.write_table(table.set_column(place, "ground_truth", nothing), path)
    before = (run / "metrics.json").read_text()
    with pytest.raises(DataError, match="test: no user has a true item of the catalogue"):
        seqrec("evaluate", run)
    assert (run / "metrics.json").read_text() == before


def test_a_run_goes_on_where_its_data_has_moved_but_not_on_other_data(spec, folder, tmp_path):
    out = tmp_path / "run"
    seqrec("fit", spec, "--out", out, "--set", "trainer.max_epochs=1")
    moved = folder.rename(tmp_path / "moved")
    more = ("--set", f"data.folder={moved}", "--set", "trainer.max_epochs=2", "--resume")
    seqrec("fit", spec, "--out", out, *more)
    assert len((out / "logs" / "history.csv").read_text().splitlines()) == 3
    items = pq.read_table(moved / "items.parquet")
    pq.write_table(items.slice(1), moved / "items.parquet")
    with pytest.raises(SeqrecError, match="not that of the data that the run in"):
        seqrec("fit", spec, "--out", out, *more)
    (moved / "items.parquet").unlink()
    with pytest.raises(SeqrecError, match="not that of the data that the run in"):
        seqrec("fit", spec, "--out", out, *more)


def test_a_run_goes_on_for_more_epochs(spec, tmp_path):
    out, whole = tmp_path / "run", tmp_path / "whole"
    seqrec("fit", spec, "--out", out, "--set", "trainer.max_epochs=2")
    seqrec("fit", spec, "--out", out, "--set", "trainer.max_epochs=4", "--resume")
    seqrec("fit", spec, "--out", whole, "--set", "trainer.max_epochs=4")
    weights = (out / "model.safetensors").read_bytes()
    assert weights == (whole / "model.safetensors").read_bytes()


@pytest.mark.parametrize("setting", ["optimizer.lr=0.1", "monitor=ndcg@5", "mode=min"])
def test_settings_that_a_checkpoint_would_overrule_are_refused_at_resuming(spec, run, setting):
    part = setting.partition("=")[0].partition(".")[0]
    with pytest.raises(SeqrecError, match=f"trainer.{part} of the spec differs"):
        seqrec("fit", spec, "--out", run, "--resume", "--set", f"trainer.{setting}")


def test_outputs_of_the_wrong_kind_are_refused_before_anything_runs(spec, run):
    with pytest.raises(SeqrecError, match=r"spec.json is a file; choose a folder"):
        seqrec("fit", spec, "--out", spec)
    with pytest.raises(SeqrecError, match=r"run is a folder; name a file, such as .*/top.parquet"):
        seqrec("predict", run, "--out", run)


def test_the_folder_of_predictions_is_made(run, tmp_path):
    seqrec("predict", run, "--out", tmp_path / "a" / "b" / "top.parquet")
    assert (tmp_path / "a" / "b" / "top.parquet").is_file()


def test_names_in_the_report_are_text_not_markup(run):
    path = run / "metrics.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "test/<b>@1": 0.5}))
    write_report(Bundle(run))
    page = (run / "report.html").read_text()
    assert "&lt;b&gt;@1" in page
    assert "<b>" not in page


def test_a_run_of_another_model_is_not_resumed(spec, run):
    with pytest.raises(SeqrecError, match="model of the spec differs"):
        seqrec("fit", spec, "--out", run, "--resume", "--set", "model.dropout=0.5")


@pytest.mark.filterwarnings("ignore:You.re resuming from a checkpoint")
def test_an_interrupted_fit_leaves_a_bundle_and_can_be_resumed(spec, tmp_path, monkeypatch):
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


def test_evaluate_shows_and_stores_metrics_beside_popularity(run):
    output = seqrec("evaluate", run)
    metrics = Bundle.load(run).metrics
    assert metrics["test/recall@1"] > 0.9
    assert metrics["test/popularity/recall@1"] < 0.2
    for text in ("test", "recall@1", f"{metrics['test/recall@1']:.4f}", "report.html"):
        assert text in output
    assert metrics["validate/ndcg@10"]  # what fit measured stays
    assert "<h2>test</h2>" in (run / "report.html").read_text()


def test_evaluate_agrees_with_what_predict_returns(run, folder, tmp_path):
    seqrec("evaluate", run)
    pq.write_table(pq.read_table(folder / "test.parquet"), folder / "predict.parquet")
    seqrec("predict", run, "--out", tmp_path / "recs.parquet", "--top-k", 5)
    truth = pq.read_table(folder / "test.parquet")["ground_truth"].to_pylist()
    rows = pq.read_table(tmp_path / "recs.parquet").to_pylist()
    hits = {row["user"] for row in rows if row["item"] == NAMES[truth[row["user"] - 1000][0]]}
    assert Bundle.load(run).metrics["test/recall@5"] == pytest.approx(len(hits) / USERS)


def test_predict_writes_unseen_items_with_the_ids_of_the_data(run, tmp_path):
    output = seqrec("predict", run, "--out", tmp_path / "recs.parquet", "--top-k", 3)
    rows = pq.read_table(tmp_path / "recs.parquet").to_pylist()
    assert len(rows) == 3 * USERS
    assert [row["rank"] for row in rows[:3]] == [1, 2, 3]
    assert rows[0]["user"] == 1000
    assert rows[0]["item"] == "item 7"  # user 0 ended at item 6
    seen = {f"item {index}" for index in (3, 4, 5, 6)}
    assert not seen & {row["item"] for row in rows[:3]}
    assert "item 7 (" in output
    assert "recs.parquet" in output


def test_seen_items_stay_when_asked(run, tmp_path):
    seqrec("predict", run, "--out", tmp_path / "all.parquet", "--top-k", ITEMS, "--keep-seen")
    seqrec("predict", run, "--out", tmp_path / "new.parquet", "--top-k", ITEMS)
    assert pq.read_metadata(tmp_path / "all.parquet").num_rows == ITEMS * USERS
    assert pq.read_metadata(tmp_path / "new.parquet").num_rows == (ITEMS - LENGTH) * USERS


def test_only_candidates_are_recommended(run, tmp_path):
    (tmp_path / "some.txt").write_text("item 7\nitem 1\n")
    out = tmp_path / "recs.parquet"
    seqrec("predict", run, "--out", out, "--candidates", tmp_path / "some.txt")
    rows = pq.read_table(out).to_pylist()
    assert {row["item"] for row in rows} == {"item 1", "item 7"}
    assert rows[0]["item"] == "item 7"


def test_items_that_the_model_does_not_know_are_named(run, folder):
    table = pq.read_table(folder / "items.parquet")
    more = pa.table({"item_id": [ITEMS], "item": ["novelty"], "count": [1]})
    pq.write_table(pa.concat_tables([table, more]), folder / "items.parquet")
    with pytest.raises(DataError, match=r"1 items that the model was not trained on.*'novelty'"):
        seqrec("evaluate", run)


def test_a_missing_data_folder_can_be_given_anew(run, folder, tmp_path):
    moved = folder.rename(tmp_path / "moved")
    with pytest.raises(DataError, match="is not there; say where it is with --data"):
        seqrec("evaluate", run)
    assert "popularity" in seqrec("evaluate", run, "--data", moved)


def test_a_spec_without_data_or_trainer_says_what_to_add(spec, tmp_path):
    raw = json.loads(spec.read_text())
    del raw["trainer"]
    spec.write_text(json.dumps(raw))
    with pytest.raises(SpecError, match="trainer: missing; add"):
        seqrec("fit", spec, "--out", tmp_path / "run")


def test_a_folder_that_is_no_bundle_is_refused(tmp_path):
    with pytest.raises(BundleError, match="is no bundle"):
        seqrec("evaluate", tmp_path)


def test_the_commands_do_not_import_torch_until_they_run():
    import subprocess
    import sys

    code = "import sys, seqrec_tool_run.commands; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_torch_is_left_with_its_threads(spec, tmp_path):
    before = torch.get_num_threads()
    seqrec("fit", spec, "--out", tmp_path / "run", "--set", "trainer.max_epochs=1")
    assert torch.get_num_threads() == before
