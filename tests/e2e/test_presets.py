"""What every preset gives: a spec that runs in all commands and whose model can be exported."""

import csv
import json
import random
import re

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from typer.testing import CliRunner

from seqrec_core.build import build
from seqrec_core.cli import app
from seqrec_core.registry.installed import PRESETS, installed_points
from seqrec_core.session import load_resolved

NAMES = sorted(point.name for point in installed_points() if point.group == PRESETS)
USERS, ITEMS, DIM = 60, 50, 12
SMALL = (
    "model.embedding_dim=16",
    "model.num_heads=2",
    "model.num_blocks=2",
    "model.max_sequence_length=20",
    "data.batch_size=16",
    "trainer.max_epochs=1",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with times, genres and vectors of items, made by `data prepare`."""
    folder = tmp_path_factory.mktemp("presets")
    draw = random.Random(0)
    with (folder / "events.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["user", "item", "timestamp"])
        for user in range(USERS):
            time = 1_700_000_000 + draw.randrange(10**6)
            for item in draw.sample(range(ITEMS), draw.randrange(5, 25)):
                time += draw.randrange(1, 10**5)
                rows.writerow([f"u{user}", f"i{item}", time])
    with (folder / "items.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["item", "genres"])
        rows.writerows([f"i{item}", "|".join(draw.sample("abcde", 2))] for item in range(ITEMS))
    words = ["--items", str(folder / "items.csv"), "--item-features", "genres:list"]
    run("data", "prepare", folder / "events.csv", "--out", folder / "data", "--keep-time", *words)
    numbers = np.random.default_rng(0).normal(size=(ITEMS, DIM)).astype(np.float32)
    np.save(folder / "data" / "vectors.npy", numbers)
    return folder / "data"


def run(*words):
    """Runs a command; returns what it prints."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, (words, result.output, result.exception)
    return result.output


def spec_of(preset, data, folder):
    spec = folder / "spec.json"
    sets = [*SMALL, 'model.embedder.vectors="vectors.npy"'] if preset == "unisrec" else [*SMALL]
    run("init", preset, "--data", data, "--out", spec, *(w for s in sets for w in ("--set", s)))
    return spec


def test_there_are_presets():
    assert {"sasrec", "esasrec", "hstu", "bert4rec", "two-tower", "unisrec"} <= set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("preset", NAMES)
def test_every_command_runs(preset, data, tmp_path):
    spec, out = spec_of(preset, data, tmp_path), tmp_path / "run"
    run("plan", spec)
    run("fit", spec, "--out", out)
    run("evaluate", out)
    metrics = json.loads((out / "metrics.json").read_text())
    assert any(name.startswith("test/ndcg@10") for name in metrics)
    run("predict", out, "--out", tmp_path / "recommendations.parquet")
    rows = pq.read_table(tmp_path / "recommendations.parquet").to_pylist()
    assert {row["user"] for row in rows} == {f"u{user}" for user in range(USERS)}
    events = [
        f'{{"item": "i{number}", "timestamp": {1_700_000_000 + number}}}' for number in (1, 4)
    ]
    output = run("recommend", out, *events, "--top-k", 3)
    ranked = re.findall(r"^ +[123] +(i\d+) +-?\d+\.\d+", output, re.MULTILINE)
    assert len({*ranked} - {"i1", "i4"}) == 3


@pytest.mark.parametrize("preset", NAMES)
def test_the_model_can_be_exported(preset, data, tmp_path):
    recipe = load_resolved(spec_of(preset, data, tmp_path)).recipe
    model = build(recipe).eval()
    length, padding = 20, recipe.schema.offers()["padding_value"]
    items = torch.randint(0, ITEMS, (3, length))
    real = torch.arange(length).expand(3, -1) >= torch.tensor([[0], [12], [19]])
    features = {"item_id": items.where(real, padding)}
    for feature in recipe.schema.features:
        if feature.name == "timestamp":
            features["timestamp"] = torch.arange(length).expand(3, -1).where(real, 0) * 10**6
        elif feature.name != "item_id":
            shape = (3, length, feature.tensor_dim or 1)
            features[feature.name] = torch.zeros(shape, dtype=torch.int64)
    inputs = {"feature_tensors": features, "padding_mask": real}
    exported = torch.export.export(model, (), inputs).module()
    with torch.no_grad():
        expected = model(**inputs)["logits"]
        torch.testing.assert_close(exported(**inputs)["logits"], expected, atol=1e-5, rtol=1e-5)
    assert expected.shape == (3, ITEMS)
