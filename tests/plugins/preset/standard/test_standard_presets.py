"""Every preset resolves on catalogues of any size, and has the size that its file says."""

import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from command_line import seqrec
from rich.console import Console
from seqrec_tool_specs.differences import parameter_count
from seqrec_tool_specs.preset_choice import choice_of
from seqrec_tool_specs.preset_list import preset_rows, preset_table
from seqrec_tool_specs.presets import preset_of, preset_points, read_preset
from seqrec_tool_specs.starting_spec import starting_spec, write_spec

from seqrec_core.build import Runtime, build_part
from seqrec_core.data_folder import DataFolder
from seqrec_core.session import load_resolved, registry

OWNER = "seqrec-preset-standard"
NAMES = [point.name for point in preset_points(registry) if point.distribution == OWNER]
TIME = {"name": "timestamp", "type": "numerical", "hint": "timestamp", "is_seq": True}
ASKED = {
    "name": "request_time",
    "type": "numerical",
    "hint": "request_time",
    "is_seq": False,
    "source": "query_features",
}


def recipe_of(name, folder, items, *features):
    """The recipe that `seqrec init` makes for so many items, and what is told with it."""
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": items}
    data = folder / "data"
    data.mkdir()
    (data / "schema.json").write_text(json.dumps({"features": [item, *features]}))
    pq.write_table(
        pa.table({"item_id": range(items), "count": [1] * items}), data / "items.parquet"
    )
    choice = choice_of(name, DataFolder(data), registry)
    raw = starting_spec(choice.model, data, folder, sections=choice.sections)
    if name == "unisrec":
        raw["model"]["embedder"]["vectors"] = "vectors.npy"
        numbers = np.random.default_rng(0).normal(size=(items, 768))
        np.save(data / "vectors.npy", numbers.astype(np.float32))
    write_spec(raw, folder / "spec.json")
    return load_resolved(folder / "spec.json").recipe, choice.notes


def test_those_that_people_ask_for_are_there():
    expected = "sasrec sasrec-ss gsasrec esasrec hstu bert4rec gru4rec two-tower unisrec"
    assert set(NAMES) == set(expected.split())


@pytest.mark.parametrize("name", NAMES)
def test_its_size_is_that_of_ten_thousand_items(name, tmp_path):
    recipe, _ = recipe_of(name, tmp_path, 10_000)
    preset = read_preset(preset_of(name, registry), registry)
    assert parameter_count(recipe) == preset.parameters


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("items", [2, 102, 103, 256, 257])
def test_it_resolves_whatever_the_number_of_items(name, items, tmp_path):
    recipe, _ = recipe_of(name, tmp_path, items)
    if name in ("sasrec-ss", "gsasrec", "esasrec", "hstu"):
        count = recipe.model.negatives.num_negative_samples  # null draws as many as there are
        assert count == (256 if items > 256 else None)


@pytest.mark.parametrize(
    ("features", "positions", "note"),
    [
        ([], ["relative_position"], "prepare it with --keep-time"),
        ([TIME], ["relative_position", "relative_time"], None),
        ([TIME, ASKED], ["relative_position", "relative_time"], "when a recommendation is asked"),
        ([ASKED], ["relative_position"], "prepare it with --keep-time"),
    ],
)
def test_hstu_takes_the_times_that_the_data_has(features, positions, note, tmp_path):
    recipe, notes = recipe_of("hstu", tmp_path, 300, *features)
    parts = recipe.model.encoder.positions
    assert [registry.of_spec(type(part)).name for part in parts] == positions
    asked = {"request_time"} if len(features) == 2 else {None}
    assert {part.request_time for part in parts[1:]} <= asked
    assert note in notes[0] if note else not notes


def test_sasrec_is_the_model_of_that_name_byte_by_byte(tmp_path):
    recipe_of("sasrec", tmp_path, 300)
    plain = starting_spec("sasrec", tmp_path / "data", tmp_path)
    assert (tmp_path / "spec.json").read_text() == json.dumps(plain, indent=2) + "\n"


def test_unisrec_asks_for_its_vectors(tmp_path):
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 9}
    (tmp_path / "schema.json").write_text(json.dumps({"features": [item]}))
    done = seqrec("init", "unisrec", "--data", tmp_path, "--out", tmp_path / "spec.json")
    assert done.returncode == 2
    assert "--set model.embedder.vectors=" in done.stderr
    assert not (tmp_path / "spec.json").exists()


def test_the_page_shows_the_list_as_it_is():
    rows = [row for row in preset_rows(registry) if row["distribution"] == OWNER]
    screen = io.StringIO()
    Console(file=screen, width=80).print(preset_table(rows))
    expected = "\n".join(line.rstrip() for line in screen.getvalue().strip("\n").splitlines())
    page = Path(__file__).parents[4] / "docs" / "presets.md"
    assert expected in page.read_text(encoding="utf-8"), expected


@pytest.mark.parametrize("name", ["two-tower", "unisrec"])
def test_what_knows_cold_items_never_draws_them(name, tmp_path):
    recipe, _ = recipe_of(name, tmp_path, 300)
    counts = pa.table({"item_id": range(300), "count": [5] * 200 + [0] * 100})
    pq.write_table(counts, tmp_path / "data" / "items.parquet")
    runtime = Runtime.of(recipe)
    sampler = build_part(recipe.model.negatives, runtime)
    batch = {
        "positive_labels": torch.arange(40).view(4, 10, 1),
        "target_padding_mask": torch.ones(4, 10, 1, dtype=torch.bool),
    }
    drawn = torch.cat([sampler(batch).flatten() for _ in range(20)])
    assert drawn.max() == 199  # all that have events, and nothing else
    assert len(drawn.unique()) == 200
