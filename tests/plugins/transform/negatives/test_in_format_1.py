"""Documents of format 1: the sampler of the transforms becomes that of the model."""

import copy

import pytest
from seqrec_transform_negatives.in_format_1 import SAMPLER, UNIFORM, from_format_1

from seqrec_core import registry

NEGATIVES = {"type": "seqrec-transform-negatives:negatives"}


def document(*negatives, model="sasrec", **more):
    train = [{"type": "next_token"}, *negatives]
    return {"model": {"type": model, **more}, "data": {"transforms": {"train": train}}}


def migrated(old):
    return from_format_1(copy.deepcopy(old), registry)


def uniform(name="uniform_negatives", **settings):
    return {"type": name, **settings}


@pytest.mark.parametrize("name", ["uniform_negatives", UNIFORM])
@pytest.mark.parametrize(
    ("settings", "sampler"),
    [
        ({"num_negative_samples": 7}, {"num_negative_samples": 7}),
        ({}, {"num_negative_samples": 100}),
        ({"cardinality": 30, "num_negative_samples": 29}, {"cardinality": 30}),
        ({"cardinality": 500, "num_negative_samples": 100}, {"cardinality": 500}),
        (
            {"cardinality": 500, "num_negative_samples": 99, "sample_distribution": "i.parquet:c"},
            {"cardinality": 500, "num_negative_samples": 99, "sample_distribution": "i.parquet:c"},
        ),
        ({"out_feature_name": "negative_labels", "cardinality": 101}, {"cardinality": 101}),
    ],
)
def test_the_sampler_moves_into_the_model(name, settings, sampler):
    new = migrated(document(uniform(name, **settings)))
    assert new == document(NEGATIVES, negatives={"type": SAMPLER, **sampler})


@pytest.mark.parametrize(
    "old",
    [
        document(),
        document(uniform(), uniform()),
        document(uniform(out_feature_name="others")),
        document(uniform(), negatives=None),
        document(uniform(), model="unheard-of"),
        document({"type": "multiclass_negatives", "sample_mask": "items.parquet:class"}),
        document({"type": 3}, 3, None),
        {"model": "sasrec", "data": {"transforms": {"train": [uniform()]}}},
        {"model": {"type": "sasrec"}, "data": {"transforms": {"train": "uniform_negatives"}}},
        {"model": {"type": "sasrec"}, "data": "parquet"},
        {"data": {"transforms": {"train": [uniform()]}}},
        {},
    ],
)
def test_any_other_document_draws_as_it_did(old):
    assert migrated(old) == old
