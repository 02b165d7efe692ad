"""Batches that are drawn at random; a share of them is real."""

import attrs
import pytest
import torch
from seqrec_tool_plan.planned_batch import drawn_batch, planned_batch

from seqrec_core.errors import SpecError
from seqrec_core.session import load_resolved, read
from seqrec_core.spec import SchemaSpec


def test_a_share_of_the_batch_is_real_and_the_longest_user_is_full(spec):
    schema = load_resolved(spec()).recipe.schema.tensor_schema()
    full = drawn_batch(schema, 64, 20, 1.0)["item_id_mask"]
    assert full.all()
    assert full.shape == (64, 20)
    half = drawn_batch(schema, 64, 20, 0.5)["item_id_mask"]
    assert half.float().mean() == pytest.approx(0.5, abs=0.03)
    assert half.sum(1).max() == 20
    assert half[:, -1].all()


def test_ids_are_those_of_the_catalogue(spec):
    schema = load_resolved(spec(items=3)).recipe.schema.tensor_schema()
    ids = drawn_batch(schema, 64, 20, 1.0)["item_id"]
    assert ids.unique().tolist() == [0, 1, 2]


def test_every_user_has_an_event_however_little_is_real(spec):
    schema = load_resolved(spec()).recipe.schema.tensor_schema()
    lengths = drawn_batch(schema, 64, 20, 0.01)["item_id_mask"].sum(1)
    assert lengths.min() == 1
    assert lengths.max() == 20


def test_the_batch_is_as_the_model_takes_it(spec):
    batch = planned_batch(load_resolved(spec()).recipe, 1.0)
    assert batch["feature_tensors"]["item_id"].shape == batch["padding_mask"].shape == (8, 10)
    assert batch["positive_labels"].shape[:2] == (8, 10)
    assert batch["padding_mask"].dtype is torch.bool
    one = planned_batch(load_resolved(spec()).recipe, 1.0, users=1)
    assert one["padding_mask"].shape == (1, 10)


def test_negatives_are_as_many_as_the_models_sampler_draws(spec):
    settings = {"loss": {"type": "ce_sampled"}, "negatives": {"num_negative_samples": 7}}
    batch = planned_batch(load_resolved(spec(**settings)).recipe, 1.0)
    assert batch["negative_labels"].shape == (7,)


def test_a_recipe_without_data_is_refused(spec):
    recipe = attrs.evolve(load_resolved(spec()).recipe, data=None)
    with pytest.raises(SpecError, match="data: missing; add"):
        planned_batch(recipe, 1.0)


def test_times_are_whole_numbers_that_rise():
    features = [
        {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 9},
        {"name": "when", "type": "numerical", "hint": "timestamp"},
        {"name": "asked", "type": "numerical", "hint": "request_time", "is_seq": False},
    ]
    schema = read({"features": features}, SchemaSpec, "schema").tensor_schema()
    batch = drawn_batch(schema, users=3, length=4, real=0.5)
    assert batch["when"].dtype == batch["asked"].dtype == torch.int64
    assert batch["when"].tolist() == [[0, 1, 2, 3]] * 3
    assert batch["asked"].shape == (3,)
