"""Specs draw no more negatives than there are items."""

import pytest

from seqrec_core import load, resolve
from seqrec_core.errors import SpecError


def recipe(cardinality, *train):
    """A spec whose catalogue has so many items; without transforms it has the model's."""
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": cardinality}
    return load(
        {
            "seqrec": 1,
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


@pytest.mark.parametrize(("cardinality", "count"), [(12, 11), (100, 99), (5000, 100)])
def test_default_negatives_fit_the_catalogue(cardinality, count):
    negatives = resolve(recipe(cardinality)).data.transforms["train"][-1]
    assert negatives.num_negative_samples == count
