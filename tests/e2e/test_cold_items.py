"""Items that nobody had chosen in training are recommended by what is known of them."""

import csv
import json
import random

import numpy as np
import pytest
from typer.testing import CliRunner

from seqrec_core.cli import app

GROUPS, SIZE, USERS = 10, 20, 400
COLD = {f"i{group}-{number}" for group in range(GROUPS) for number in range(2)}
VECTORS = 'model.embedder.vectors="vectors.npy"'
SMALL = (
    "model.embedding_dim=16",
    "model.num_heads=2",
    "model.num_blocks=1",
    "model.max_sequence_length=10",
    "data.batch_size=32",
    "trainer.max_epochs=15",
    "trainer.metrics.cold=items.parquet:count",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Users of one group of items each; half of their last items are cold ones of the group."""
    folder, draw = tmp_path_factory.mktemp("cold"), random.Random(0)
    with (folder / "events.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["user", "item", "timestamp"])
        for user in range(USERS):
            group = user % GROUPS
            warm = draw.sample([f"i{group}-{number}" for number in range(2, SIZE)], 8)
            last = f"i{group}-{draw.randrange(2)}" if draw.random() < 0.5 else warm.pop()
            rows.writerows([f"u{user}", item, time] for time, item in enumerate([*warm, last]))
    with (folder / "items.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["item", "group"])
        rows.writerows([f"i{g}-{n}", f"g{g}"] for g in range(GROUPS) for n in range(SIZE))
    side = ("--items", folder / "items.csv", "--item-features", "group:categorical")
    run("data", "prepare", folder / "events.csv", "--out", folder / "data", *side)
    items = [row["item"] for row in rows_of(folder / "data" / "items.parquet")]
    vectors = np.eye(GROUPS, dtype=np.float32)[[int(i[1 : i.index("-")]) for i in items]]
    noise = np.random.default_rng(0).normal(size=vectors.shape).astype(np.float32)
    np.save(folder / "data" / "vectors.npy", vectors + 0.1 * noise)
    return folder / "data"


def rows_of(path):
    import pyarrow.parquet as pq

    return pq.read_table(path).to_pylist()


def run(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, (words, result.output, result.exception)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "settings", "finds"),
    [
        ("two-tower", [], True),
        (
            "unisrec",
            [VECTORS, "model.embedder.with_ids=false"],
            True,
        ),
        ("sasrec", ['model.features=["item_id"]'], False),
    ],
)
def test_cold_targets_are_found_by_what_is_known_of_them(data, tmp_path, preset, settings, finds):
    counts = {row["item"]: row["count"] for row in rows_of(data / "items.parquet")}
    assert {item for item, count in counts.items() if not count} == COLD
    spec, out = tmp_path / "spec.json", tmp_path / "run"
    sets = [word for setting in (*SMALL, *settings) for word in ("--set", setting)]
    run("init", preset, "--data", data, "--out", spec, *sets)
    run("fit", spec, "--out", out)
    run("evaluate", out)
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["test/popularity/cold_recall@10"] == 0
    assert (metrics["test/cold_recall@10"] > 0.15) is finds
