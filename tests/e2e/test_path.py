"""The main job, by the commands of the README, on a data set made on the spot."""

import json
import os
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

SEQREC = [sys.executable, "-c", "from seqrec_core.cli import main; main()"]
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
    return tmp_path_factory.mktemp("path")


@pytest.fixture(scope="module")
def seqrec(folder):
    def run(*arguments):
        done = subprocess.run(
            [*SEQREC, *arguments],
            cwd=folder,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def trained(seqrec):
    seqrec("data", "synth", "--out", "data", *SMALL)
    seqrec("init", "sasrec", "--data", "data", "--out", "spec.json", *SET)
    return seqrec("fit", "spec.json", "--out", "run")


def test_fit_leaves_a_bundle_and_a_report(trained, folder):
    assert "bundle: run" in trained
    for name in ("spec.lock.json", "model.safetensors", "metrics.json", "report.html", "curve.png"):
        assert (folder / "run" / name).stat().st_size > 0


def test_evaluate_is_well_above_popularity(trained, seqrec, folder):
    assert "popularity" in seqrec("evaluate", "run")
    metrics = json.loads((folder / "run" / "metrics.json").read_text())
    assert metrics["test/ndcg@10"] > 1.5 * metrics["test/popularity/ndcg@10"]


def test_predict_recommends_unseen_items_by_their_own_names(trained, seqrec, folder):
    seqrec("predict", "run", "--out", "recommendations.parquet", "--top-k", "5")
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


def test_the_same_seed_gives_the_same_model(trained, seqrec, folder):
    seqrec("fit", "spec.json", "--out", "again")
    files = [(folder / run / "model.safetensors").read_bytes() for run in ("run", "again")]
    assert files[0] == files[1]
