"""A stranger's trainer, and a stranger's data module without a file, through every command."""

import json

import pyarrow.parquet as pq
import pytest
import torch
from memory_ring import MemoryRing, MemoryRingSpec
from plain_trainer import PlainTrainer, PlainTrainerSpec
from seqrec_fake_run import ITEMS, LENGTH, NAMES, LastItem
from seqrec_tool_run.history_csv import read_rows

from seqrec_core import Bundle, registry
from seqrec_core.contracts import DataModuleProto, TrainerProto
from seqrec_core.errors import PluginFaultError, SeqrecError, SpecError

USERS = 36
TRAINERS = {
    "plain": {"type": "plain"},
    "lightning": {
        "type": "lightning",
        "max_epochs": 6,
        "optimizer": {"type": "sgd", "lr": 5.0},
        "accelerator": "cpu",
    },
}


@pytest.fixture(autouse=True)
def strangers():
    parts = [
        registry.register("plain", PlainTrainerSpec),
        registry.register("ring", MemoryRingSpec),
    ]
    yield
    for part in parts:
        registry.unregister(part)


@pytest.fixture
def ring(tmp_path):
    """Writes a spec of a run of a trainer on the ring that is nowhere on disk."""

    def write(trainer="plain", **data):
        item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": ITEMS}
        raw = {
            "seqrec": 2,
            "schema": {"features": [item]},
            "model": {"type": "last_item", "dropout": 0.0},
            "data": {"type": "ring", **data},
            "trainer": TRAINERS[trainer],
            "postprocessors": [{"type": "seen_items"}],
            "trackers": [],
        }
        path = tmp_path / "ring.json"
        path.write_text(json.dumps(raw))
        return path

    return write


def test_they_are_what_their_kinds_ask_for():
    assert isinstance(PlainTrainer(None, "", 1), TrainerProto)
    assert isinstance(MemoryRing("", None, 1, True), DataModuleProto)


@pytest.mark.parametrize("trainer", TRAINERS)
def test_every_command_runs_them(seqrec, ring, tmp_path, trainer):
    run = tmp_path / "run"
    said = seqrec("fit", ring(trainer), "--out", run)
    assert "finished, best weights of epoch" in said
    assert "popularity" in said
    rows = read_rows(run / "logs" / "history.csv")
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5, 6]
    metrics = Bundle.load(run).metrics
    assert metrics["validate/ndcg@10"] == pytest.approx(max(row["ndcg@10"] for row in rows))
    assert metrics["validate/ndcg@10"] > 2 * metrics["validate/popularity/ndcg@10"]
    assert "<h2>Curve</h2>" in (run / "report.html").read_text()
    seqrec("evaluate", run)
    assert Bundle.load(run).metrics["test/recall@1"] > 0.9
    seqrec("predict", run, "--out", tmp_path / "top.parquet", "--top-k", 3)
    best = pq.read_table(tmp_path / "top.parquet").to_pylist()[0]
    assert (best["user"], best["item"]) == ("u0", NAMES[3 + LENGTH])
    (tmp_path / "some").write_text("item 1\nitem 2\n")
    chosen = tmp_path / "chosen.parquet"
    seqrec("predict", run, "--out", chosen, "--candidates", tmp_path / "some", "--keep-seen")
    assert pq.read_metadata(chosen).num_rows == 2 * USERS


def test_both_trainers_come_to_the_same_weights(seqrec, ring, tmp_path):
    for each in TRAINERS:
        seqrec("fit", ring(each), "--out", tmp_path / each)
    plain, other = (Bundle.load(tmp_path / each).model.scores for each in TRAINERS)
    torch.testing.assert_close(plain, other)


def test_items_and_users_without_ids_of_their_own_keep_their_numbers(seqrec, ring, tmp_path):
    run = tmp_path / "run"
    assert "popularity" not in seqrec("fit", ring(named=False), "--out", run).split("bundle:")[1]
    seqrec("predict", run, "--out", tmp_path / "top.parquet", "--top-k", 1)
    best = pq.read_table(tmp_path / "top.parquet").to_pylist()
    assert (best[5]["user"], best[5]["item"]) == (5, (5 + 3 + LENGTH) % ITEMS)
    assert not (run / "items.parquet").exists()


def test_a_trainer_without_checkpoints_cannot_go_on(seqrec, ring, tmp_path):
    seqrec("fit", ring(), "--out", tmp_path / "run")
    with pytest.raises(SeqrecError, match="holds a model, and no checkpoint to go on from"):
        seqrec("fit", ring(), "--out", tmp_path / "run", "--resume")


def test_a_callback_of_lightning_is_refused_by_another_trainer(seqrec, ring, tmp_path):
    callback = 'trainer.metrics={"type": "hidden_states"}'
    with pytest.raises(SpecError, match=r"trainer.metrics: .* is written for 'lightning'"):
        seqrec("fit", ring(), "--out", tmp_path / "run", "--set", callback)


def test_padding_that_shifts_item_ids_is_refused_whatever_the_trainer(seqrec, ring, tmp_path):
    path = ring()
    raw = json.loads(path.read_text())
    raw["schema"]["features"][0]["padding_value"] = 0
    path.write_text(json.dumps(raw))
    with pytest.raises(SpecError, match=r"features\[0\].padding_value: is 0; metrics and"):
        seqrec("fit", path, "--out", tmp_path / "run")


@pytest.mark.parametrize(("part", "where"), [(PlainTrainer, "trainer"), (MemoryRing, "data")])
def test_what_a_part_lacks_of_its_kind_is_named(seqrec, ring, tmp_path, monkeypatch, part, where):
    method = {"trainer": "predict", "data": "vocabularies"}[where]
    methods = {name: value for name, value in vars(part).items() if name != method}
    monkeypatch.setattr(f"{part.__module__}.{part.__name__}", type("Lacking", (), methods))
    with pytest.raises(SpecError, match=rf"{where}.type: what it builds lacks .*: .*{method}"):
        seqrec("fit", ring(), "--out", tmp_path / "run")


@pytest.mark.parametrize("trainer", TRAINERS)
def test_a_model_that_fails_is_named_by_every_command(seqrec, ring, tmp_path, monkeypatch, trainer):
    run = tmp_path / "run"
    seqrec("fit", ring(trainer), "--out", run)

    def forward(self, feature_tensors):
        return {}["timestamp"]

    forward.__code__ = forward.__code__.replace(co_qualname="LastItem.forward")
    monkeypatch.setattr(LastItem, "forward", forward)
    for command in (
        ("fit", ring(trainer), "--out", tmp_path / "other"),
        ("evaluate", run),
        ("predict", run, "--out", tmp_path / "top.parquet"),
    ):
        with pytest.raises(PluginFaultError) as caught:
            seqrec(*command)
        assert str(caught.value).startswith(
            "model (model 'last_item' of local): forward failed: KeyError: 'timestamp'"
        )
    assert not (tmp_path / "top.parquet").exists()


def test_a_model_without_gradients_goes_through_every_command(seqrec, ring, tmp_path, monkeypatch):
    def fit_closed_form(self, batches):
        counts = torch.zeros_like(self.scores)
        for batch in batches:
            pairs = batch["feature_tensors"]["item_id"].unfold(1, 2, 1).flatten(0, 1)
            counts.index_put_(tuple(pairs.T), torch.ones(len(pairs)), accumulate=True)
        self.scores.copy_(counts)
        return True

    monkeypatch.setattr(LastItem, "fit_closed_form", fit_closed_form, raising=False)
    run = tmp_path / "run"
    assert "finished, best weights of epoch 1" in seqrec("fit", ring("lightning"), "--out", run)
    assert [row["step"] for row in read_rows(run / "logs" / "history.csv")] == [USERS / 12]
    seqrec("evaluate", run)
    assert Bundle.load(run).metrics["test/recall@1"] == 1
    seqrec("predict", run, "--out", tmp_path / "top.parquet", "--top-k", 1)
    best = pq.read_table(tmp_path / "top.parquet").to_pylist()[0]
    assert (best["user"], best["item"]) == ("u0", NAMES[3 + LENGTH])


@pytest.mark.parametrize("trainer", TRAINERS)
@pytest.mark.parametrize("method", ["transform", "loaders", "vocabularies"])
def test_what_a_part_raises_is_said_in_one_sentence(
    seqrec, ring, tmp_path, monkeypatch, trainer, method
):
    def broken(self, *_):
        return {}["time"]

    broken.__code__ = broken.__code__.replace(co_qualname=f"MemoryRing.{method}")
    monkeypatch.setattr(MemoryRing, method, broken)
    with pytest.raises(PluginFaultError) as caught:
        seqrec("fit", ring(trainer), "--out", tmp_path / "run")
    assert str(caught.value) == (
        f"data (datamodule 'ring' of local): {method} failed: KeyError: 'time'; seqrec --debug "
        "shows the traceback"
    )


def test_a_trainer_without_checkpoints_that_fails_at_once_leaves_no_folder(
    seqrec, ring, tmp_path, monkeypatch
):
    def fit(self, run, *, resume=False):
        (run.folder / "logs").mkdir(parents=True)
        raise ValueError("boom")

    monkeypatch.setattr(PlainTrainer, "fit", fit)
    with pytest.raises(PluginFaultError, match="boom"):
        seqrec("fit", ring(), "--out", tmp_path / "deep" / "run")
    assert not (tmp_path / "deep").exists()
