"""Samplers of a spec: beside a loss that corrects for them, mixed with those of strangers."""

import pytest
from seqrec_sampler_standard.specs import UniformSamplerSpec
from seqrec_sampler_weighted.specs import (
    InBatchSamplerSpec,
    MixedSamplerSpec,
    PopularitySamplerSpec,
)

from seqrec_core import load, resolve
from seqrec_core.errors import SpecError
from seqrec_core.spec import Needs


def model_of(negatives, **loss):
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 500}
    part = {"type": "sasrec", "loss": {"type": "ce_sampled", **loss}, "negatives": negatives}
    data = {"type": "parquet"}
    return resolve(load({"schema": {"features": [item]}, "model": part, "data": data}))


def test_a_mixture_is_of_the_batch_and_uniform_unless_it_says_otherwise():
    mixed = model_of({"type": "mixed"}).model.negatives
    assert mixed == MixedSamplerSpec(
        cardinality=500,
        parts=(
            InBatchSamplerSpec(cardinality=500),
            UniformSamplerSpec(cardinality=500),
        ),
    )
    counted = {"type": "mixed", "parts": [{"num_negative_samples": 64}, {"type": "popularity"}]}
    assert model_of(counted).model.negatives.parts == (
        InBatchSamplerSpec(cardinality=500, num_negative_samples=64),
        PopularitySamplerSpec(cardinality=500),
    )


@pytest.mark.parametrize(
    ("negatives", "message"),
    [
        ({"type": "mixed", "parts": []}, "parts: is empty; name at least one sampler"),
        ({"type": "popularity", "alpha": -1}, "alpha: "),
        ({"type": "popularity", "num_negative_samples": 0}, "num_negative_samples: "),
        ({"type": "mixed", "parts": [{"type": "sasrec"}]}, r"parts\[0\]"),
    ],
)
def test_impossible_samplers_are_faults_with_their_place(negatives, message):
    with pytest.raises(SpecError, match=rf"^model\.negatives\.{message}"):
        model_of(negatives)


def test_counts_are_needed_in_training_alone():
    popularity, alone = PopularitySamplerSpec(cardinality=9), InBatchSamplerSpec(cardinality=9)
    assert (
        popularity.needs("train") == alone.needs("train") == Needs(files=("items.parquet:count",))
    )
    assert popularity.needs("test") == alone.needs("predict") == Needs()
    assert InBatchSamplerSpec(cardinality=9, counts=None).needs("train") == Needs()


@pytest.mark.parametrize(("logq", "is_asked"), [("none", False), ("negatives", True)])
def test_a_loss_that_corrects_asks_the_sampler_how_often_it_draws(logq, is_asked):
    recipe = model_of({"type": "popularity"}, logq=logq)
    last = recipe.data.transforms["train"][-1]
    assert last.logq is is_asked
