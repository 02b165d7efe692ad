"""The template pipeline of TwoTower: that of SasRec, and what the model takes."""

import pytest
import torch
from seqrec_model_sasrec.default_transforms import make_default_sasrec_transforms
from seqrec_model_two_tower.default_transforms import make_default_twotower_transforms
from small_two_tower import SCHEMA, B, V, events

from seqrec_core import load, resolve


def raw_batch(query):
    features, mask = events(lengths=(5, 3, 2))
    return {
        query: torch.arange(B),
        f"{query}_mask": torch.ones(B, dtype=torch.bool),
        **features,
        "time": features["price"],
        **{f"{name}_mask": mask for name in (*features, "time")},
    }


def run(transforms, batch):
    for transform in transforms:
        batch = transform(batch)
    return batch


@pytest.mark.parametrize("query", ["query_id", "user_id"])
def test_batches_are_those_of_sasrec(query):
    ours = make_default_twotower_transforms(SCHEMA, query)
    theirs = make_default_sasrec_transforms(SCHEMA, query)
    assert ours.keys() == theirs.keys() == {"train", "validate", "test", "predict"}
    for split in ours:
        batch, expected = run(ours[split], raw_batch(query)), run(theirs[split], raw_batch(query))
        assert batch.keys() == expected.keys()
        torch.testing.assert_close(batch, expected)


def test_the_model_takes_what_the_transforms_give(model):
    transforms = make_default_twotower_transforms(SCHEMA)
    arguments = ("feature_tensors", "padding_mask", "positive_labels", "target_padding_mask")
    train, predict = (run(transforms[split], raw_batch("query_id")) for split in ("train", "test"))
    assert model(**{name: train[name] for name in arguments})["loss"].isfinite()
    assert model.eval()(**{name: predict[name] for name in arguments[:2]})["logits"].shape == (B, V)


@pytest.mark.parametrize(("loss", "draws"), [("ce", False), ("ce_sampled", True)])
def test_a_spec_draws_negatives_if_its_loss_needs_them(loss, draws):
    feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": V}
    spec = {
        "schema": {"features": [feature]},
        "model": {"type": "two_tower", "loss": {"type": loss}},
        "data": {"type": "parquet"},
    }
    transforms = resolve(load(spec)).data.transforms
    samplers = [t for t in transforms["train"] if type(t).__name__ == "NegativesSpec"]
    assert len(samplers) == draws
