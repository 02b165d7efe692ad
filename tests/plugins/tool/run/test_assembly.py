"""Data and trainer of a recipe, and of a bundle whose data may have moved."""

import json

import attrs
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_fake_run import ITEMS
from seqrec_tool_run.assembly import Assembly

from seqrec_core.errors import DataError, SpecError
from seqrec_core.session import load_resolved


def test_items_that_the_model_does_not_know_are_named(seqrec, run, folder):
    table = pq.read_table(folder / "items.parquet")
    names = pa.array(["novelty", *table["item"].to_pylist()[1:]])
    pq.write_table(table.set_column(1, "item", names), folder / "items.parquet")
    with pytest.raises(DataError, match=r"1 items that the model was not trained on.*'novelty'"):
        seqrec("evaluate", run)


def test_a_missing_data_folder_can_be_given_anew(seqrec, run, folder, tmp_path):
    moved = folder.rename(tmp_path / "moved")
    with pytest.raises(DataError, match="is not there; say where it is with --data"):
        seqrec("evaluate", run)
    assert "popularity" in seqrec("evaluate", run, "--data", moved)


def test_a_spec_without_data_or_trainer_says_what_to_add(seqrec, spec, tmp_path):
    raw = json.loads(spec.read_text())
    del raw["trainer"]
    spec.write_text(json.dumps(raw))
    with pytest.raises(SpecError, match="trainer: missing; add"):
        seqrec("fit", spec, "--out", tmp_path / "run")


def test_a_recipe_without_data_says_what_to_add(spec):
    recipe = attrs.evolve(load_resolved(spec).recipe, data=None)
    with pytest.raises(SpecError, match="data: missing; add"):
        Assembly.of(recipe, torch.nn.Module())


def test_items_in_another_order_are_refused(run, folder):
    table = pq.read_table(folder / "items.parquet")
    names = table["item"].take(list(range(ITEMS))[::-1])
    pq.write_table(table.set_column(1, "item", names), folder / "items.parquet")
    with pytest.raises(DataError, match="numbers the items otherwise"):
        Assembly.of_bundle(run, None)


def test_the_baseline_ranks_by_the_counts_of_the_data(run, folder):
    _, assembly = Assembly.of_bundle(run, None)
    baseline = assembly.baseline("test")
    truth = pq.read_table(folder / "test.parquet")["ground_truth"].to_pylist()
    assert baseline["recall@1"] == pytest.approx(truth.count([5]) / len(truth))
    (folder / "items.parquet").unlink()
    assert Assembly.of_bundle(run, None)[1].baseline("test") == {}


def test_queries_are_called_query_id_where_the_schema_does_not_say(run):
    assert Assembly.of_bundle(run, None)[1].query_column == "query_id"
