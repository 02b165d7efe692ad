"""From no data to recommendations in one process, one epoch: the quick check of the whole."""

import json

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from seqrec_core.cli import app

SMALL = ["--users", "120", "--items", "60", "--clusters", "4", "--events-per-user", "10"]
SET = [
    word
    for change in (
        "model.embedding_dim=8",
        "model.num_heads=2",
        "model.max_sequence_length=8",
        "trainer.max_epochs=1",
    )
    for word in ("--set", change)
]


@pytest.fixture
def seqrec(tmp_path, monkeypatch):
    """Runs a command here: what it prints."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output or result.exception
        return result.output

    return run


def test_every_command_of_the_main_job_does_its_part(seqrec, tmp_path):
    seqrec("data", "synth", "--out", "data", *SMALL)
    seqrec("init", "sasrec", "--data", "data", "--out", "spec.json", *SET)
    assert "ok" in seqrec("validate", "spec.json")
    assert "bundle: run" in seqrec("fit", "spec.json", "--out", "run")
    assert "popularity" in seqrec("evaluate", "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert {"validate/ndcg@10", "test/ndcg@10", "test/popularity/ndcg@10"} <= metrics.keys()
    seqrec("predict", "run", "--out", "recommendations.parquet", "--top-k", "5")
    rows = pq.read_table(tmp_path / "recommendations.parquet").to_pylist()
    users = pq.read_table(tmp_path / "data" / "users.parquet")
    items = pq.read_table(tmp_path / "data" / "items.parquet")["item"].to_pylist()
    assert len(rows) == 5 * len(users)
    assert {row["item"] for row in rows} <= set(items)
    answer = seqrec("recommend", "run", *map(str, items[:2]), "--top-k", "3")
    recommended = [item for item in map(str, items) if item in answer.split()]
    assert len(recommended) >= 3
