"""The main job, by the commands of the README, on a data set made on the spot."""

import json

import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow
SMALL = ["--users", "600", "--items", "500", "--clusters", "10", "--events-per-user", "20"]
SET = [
    word
    for change in (
        "model.embedding_dim=16",
        "model.num_heads=2",
        "model.max_sequence_length=16",
        "data.batch_size=8",
        "trainer.optimizer.type=adam",
        "trainer.optimizer.lr=0.003",
        "trainer.max_epochs=6",
    )
    for word in ("--set", change)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where everything lies."""
    return tmp_path_factory.mktemp("path")


@pytest.fixture(scope="module")
def outputs(in_turn, folder):
    """What the commands print, in turn."""
    commands = {
        "synth": ("data", "synth", "--out", "data", *SMALL),
        "init": ("init", "sasrec", "--data", "data", "--out", "spec.json", *SET),
        "fit": ("fit", "spec.json", "--out", "run"),
        "evaluate": ("evaluate", "run"),
        "predict": ("predict", "run", "--out", "recommendations.parquet", "--top-k", "5"),
        "again": ("fit", "spec.json", "--out", "again"),
    }
    said = in_turn(commands.values(), folder=folder)
    assert [(one.code, one.errors) for one in said if one.code] == []
    return dict(zip(commands, (one.output for one in said), strict=True))


def test_fit_leaves_a_bundle_and_a_report(outputs, folder):
    assert "bundle: run" in outputs["fit"]
    for name in ("spec.lock.json", "model.safetensors", "metrics.json", "report.html"):
        assert (folder / "run" / name).stat().st_size > 0


def test_evaluate_is_well_above_popularity(outputs, folder):
    assert "popularity" in outputs["evaluate"]
    metrics = json.loads((folder / "run" / "metrics.json").read_text())
    assert metrics["test/ndcg@10"] > 1.5 * metrics["test/popularity/ndcg@10"]


def test_predict_recommends_unseen_items_by_their_own_names(outputs, folder):
    rows = pq.read_table(folder / "recommendations.parquet").to_pylist()
    users = pq.read_table(folder / "data" / "users.parquet").to_pylist()
    items = pq.read_table(folder / "data" / "items.parquet").to_pylist()
    history = pq.read_table(folder / "data" / "predict.parquet").to_pylist()
    assert len(rows) == 5 * len(users)
    assert {row["user"] for row in rows} == {user["user"] for user in users}
    number = {item["item"]: item["item_id"] for item in items}
    user_number = {user["user"]: user["query_id"] for user in users}
    seen = {row["query_id"]: set(row["seen_ids"]) for row in history}
    assert not any(number[row["item"]] in seen[user_number[row["user"]]] for row in rows)


def test_the_same_seed_gives_the_same_model(outputs, folder):
    files = [(folder / run / "model.safetensors").read_bytes() for run in ("run", "again")]
    assert files[0] == files[1]
