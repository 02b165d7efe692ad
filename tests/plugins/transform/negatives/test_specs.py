"""Specs draw no more negatives than there are items, and say what they need and add."""

import pytest
from seqrec_transform_negatives.specs import (
    MultiClassNegativesSpec,
    NegativesSpec,
    UniformNegativesSpec,
)

from seqrec_core import load, resolve
from seqrec_core.errors import SpecError
from seqrec_core.spec import Needs


def recipe(cardinality, *train):
    """A spec whose catalogue has so many items; without transforms it has the model's."""
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": cardinality}
    return load(
        {
            "seqrec": 2,
            "schema": {"features": [item]},
            "model": {"type": "sasrec", "loss": {"type": "ce_sampled"}},
            "data": {"type": "parquet", **({"transforms": {"train": [*train]}} if train else {})},
        }
    )


@pytest.mark.parametrize(
    "transform",
    [
        {"type": "uniform_negatives"},
        {"type": "multiclass_negatives", "sample_mask": "items.parquet:category"},
    ],
)
def test_a_spec_draws_no_more_negatives_than_there_are(transform):
    resolve(recipe(101, transform))
    with pytest.raises(SpecError) as caught:
        resolve(recipe(100, transform))
    assert str(caught.value) == (
        "data.transforms.train[0].num_negative_samples: is 100, of 100 items; choose at most 99"
    )


def test_a_default_pipeline_adds_the_negatives_of_the_models_sampler():
    resolved = resolve(recipe(12))
    assert resolved.data.transforms["train"][-1] == NegativesSpec()
    assert resolved.model.sampler() == resolved.model.negatives


@pytest.mark.parametrize(
    ("spec", "column"),
    [
        (NegativesSpec(), "negative_labels"),
        (UniformNegativesSpec(cardinality=200, out_feature_name="others"), "others"),
        (MultiClassNegativesSpec(cardinality=200, sample_mask="i.parquet:c"), "negative_labels"),
    ],
)
def test_a_column_is_added(spec, column):
    assert spec.columns_after(frozenset({"item_id"})) == {"item_id", column}


def test_files_and_selectors_are_needed():
    weighted = UniformNegativesSpec(cardinality=200, sample_distribution="items.parquet:count")
    assert weighted.needs("train") == Needs(files=("items.parquet:count",))
    assert UniformNegativesSpec(cardinality=200).needs("train") == NegativesSpec().needs("train")
    classes = MultiClassNegativesSpec(cardinality=200, sample_mask="items.parquet:class")
    assert classes.needs("train") == Needs(
        columns=("negative_selector",), files=("items.parquet:class",)
    )
