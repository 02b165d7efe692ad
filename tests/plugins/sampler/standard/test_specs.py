"""Samplers of a spec: by default, where the loss needs them, and never of too many items."""

import pytest
from seqrec_sampler_standard.specs import MultiClassSamplerSpec, UniformSamplerSpec

from seqrec_core import load, resolve
from seqrec_core.build import Runtime
from seqrec_core.errors import SpecError
from seqrec_core.spec import Needs


def resolved(items=500, loss="ce_sampled", model="sasrec", **settings):
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": items}
    part = {"type": model, "loss": {"type": loss}, **settings}
    return resolve(load({"schema": {"features": [item]}, "model": part}))


@pytest.mark.parametrize("model", ["sasrec", "two_tower"])
def test_a_model_has_a_sampler_if_its_loss_needs_one(model):
    assert resolved(model=model).model.negatives == UniformSamplerSpec(
        cardinality=500, num_negative_samples=None, sample_distribution=None
    )
    without = resolved(loss="ce", model=model)
    assert without.model.negatives is None
    assert without.model.sampler() is None
    assert Runtime.of(without).negatives is None


def test_a_setting_below_the_default_keeps_its_type():
    recipe = resolved(negatives={"num_negative_samples": 300})
    assert recipe.model.negatives.num_negative_samples == 300
    assert Runtime.of(recipe).negatives({}).shape == (300,)


@pytest.mark.parametrize(
    ("items", "negatives", "message"),
    [
        (100, {"num_negative_samples": 100}, "num_negative_samples: is 100, of 100 items; choose"),
        (
            100,
            {"type": "multi_class", "sample_mask": "items.parquet:class"},
            "num_negative_samples: is 100, of 100 items; choose at most 99",
        ),
        (1, {}, "cardinality: is 1; negatives need a catalogue of at least 2 items"),
        (9, {"num_negative_samples": 0}, "num_negative_samples: "),
        (9, {"number": 3}, "number: "),
    ],
)
def test_impossible_samplers_are_faults_with_their_place(items, negatives, message):
    with pytest.raises(SpecError, match=rf"^model\.negatives\.{message}"):
        resolved(items, negatives=negatives)


def test_columns_and_files_are_needed_in_training_alone():
    weighted = UniformSamplerSpec(cardinality=9, sample_distribution="items.parquet:count")
    classes = MultiClassSamplerSpec(cardinality=200, sample_mask="items.parquet:class")
    assert weighted.needs("train") == Needs(files=("items.parquet:count",))
    assert UniformSamplerSpec(cardinality=9).needs("train") == Needs()
    assert classes.needs("train") == Needs(
        columns=("negative_selector",), files=("items.parquet:class",)
    )
    assert weighted.needs("test") == classes.needs("predict") == Needs()
