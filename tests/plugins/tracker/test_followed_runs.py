"""A run with every tracker at once, killed and gone on with, leaves one whole record in each."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from seqrec_fake_run import write_ring
from seqrec_tool_run.history_csv import HISTORY, read_rows
from seqrec_tracker_mlflow.mlflow_tracker import _client

EPOCHS = 4
ITEM = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 12}
SPEC = {
    "seqrec": 2,
    "schema": {"features": [ITEM]},
    "model": {"type": "sasrec", "embedding_dim": 8, "num_heads": 1, "max_sequence_length": 4},
    "data": {"type": "parquet", "folder": "data", "batch_size": 12},
    "trainer": {"type": "lightning", "max_epochs": EPOCHS, "accelerator": "cpu"},
    "trackers": [{"type": "csv"}, {"type": "mlflow"}, {"type": "wandb", "bundle": True}],
}
FIT = """
import os, signal, sys
from pathlib import Path
from seqrec_core.session import load_resolved
from seqrec_tool_run.fit import fit

def watch(row):
    if row["epoch"] == 2 and sys.argv[1] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)

recipe = load_resolved(Path("spec.json")).recipe
assert fit(recipe, Path("run"), sys.argv[1] == "resumed", watch=watch)
"""


def processes_with(word):
    """Processes in whose environment a word stands."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if word.encode() in path.read_bytes():
                yield path.parent.name
        except OSError:
            continue


@pytest.mark.slow
def test_a_killed_run_goes_on_in_each(tmp_path):
    write_ring(tmp_path / "data")
    (tmp_path / "spec.json").write_text(json.dumps(SPEC))
    home = tmp_path / "home"
    home.mkdir()
    environment = {name: text for name, text in os.environ.items() if "WANDB" not in name}
    environment |= {"HOME": str(home), "OMP_NUM_THREADS": "1"}
    for how, code in (("killed", -signal.SIGKILL), ("resumed", 0)):
        run = [sys.executable, "-W", "ignore", "-c", FIT, how]
        end = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert end.returncode == code, end.stderr

    folder = tmp_path / "run"
    rows = read_rows(folder / HISTORY)
    epochs = [row["epoch"] for row in rows]
    assert epochs == [*range(1, EPOCHS + 1)]
    client = _client((folder / "logs" / "mlflow").as_uri())
    (run,) = client.search_runs([client.get_experiment_by_name("seqrec").experiment_id])
    assert run.info.status == "FINISHED"
    points = client.get_metric_history(run.info.run_id, "ndcg_at_10")
    assert [point.value for point in sorted(points, key=lambda point: point.step)] == [
        pytest.approx(row["ndcg@10"]) for row in rows
    ]
    identity = json.loads((folder / "logs" / "wandb-run.json").read_text())["run"]
    logs = [*folder.glob("logs/wandb/offline-run-*")]
    assert {path.name.rpartition("-")[2] for path in logs} == {identity}
    assert "ndcg@10" in (folder / "logs" / "metrics.csv").read_text()

    assert [*home.rglob("*wandb*"), *home.rglob("*mlflow*"), *tmp_path.glob("mlruns")] == []
    assert [*processes_with(str(home))] == []
