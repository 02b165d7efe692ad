"""The template pipeline: from a batch of columns to arguments of the model."""

import pytest
import torch
from seqrec_model_sasrec.default_transforms import make_default_sasrec_transforms
from seqrec_model_sasrec.sasrec import SasRec

from seqrec_core import load, resolve
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

V = 10
SCHEMA = TensorSchema(
    [
        TensorFeatureInfo(
            "item_id",
            FeatureType.CATEGORICAL,
            is_seq=True,
            feature_hint=FeatureHint.ITEM_ID,
            cardinality=V,
        ),
        TensorFeatureInfo("price", FeatureType.NUMERICAL, is_seq=True),
    ]
)


def raw_batch(length, query="query_id"):
    ids = torch.tensor([[5, 0, 7, 4], [V, V, 2, 3]])[:, -length:]
    mask = ids != V
    return {
        query: torch.tensor([11, 12]),
        f"{query}_mask": torch.tensor([True, True]),
        "item_id": ids,
        "item_id_mask": mask,
        "price": ids.float(),
        "price_mask": mask,
        "seen_ids": ids,
    }


def run(transforms, batch):
    for transform in transforms:
        batch = transform(batch)
    return batch


@pytest.mark.parametrize("query", ["query_id", "user_id"])
def test_training_batches_become_features_and_the_next_items(query):
    batch = run(make_default_sasrec_transforms(SCHEMA, query)["train"], raw_batch(4, query))
    assert batch["query_id"].tolist() == [11, 12]
    assert batch["feature_tensors"].keys() == {"item_id", "price"}
    assert batch["feature_tensors"]["item_id"].tolist() == [[5, 0, 7], [V, V, 2]]
    assert batch["padding_mask"].tolist() == [[True] * 3, [False, False, True]]
    assert batch["positive_labels"].tolist() == [[[0], [7], [4]], [[V], [2], [3]]]
    assert batch["target_padding_mask"].squeeze(-1).tolist() == [[True] * 3, [False, True, True]]


@pytest.mark.parametrize("split", ["validate", "test", "predict"])
def test_other_batches_keep_every_event(split):
    batch = run(make_default_sasrec_transforms(SCHEMA)[split], raw_batch(4))
    assert batch["feature_tensors"]["item_id"].tolist() == raw_batch(4)["item_id"].tolist()
    assert "positive_labels" not in batch
    assert "seen_ids" in batch


def test_the_model_takes_what_the_transforms_give():
    model = SasRec.from_params(SCHEMA, embedding_dim=8, num_heads=2, max_sequence_length=4)
    arguments = ("feature_tensors", "padding_mask", "positive_labels", "target_padding_mask")
    transforms = make_default_sasrec_transforms(SCHEMA)
    train, predict = (run(transforms[split], raw_batch(4)) for split in ("train", "predict"))
    assert model(**{name: train[name] for name in arguments})["loss"].isfinite()
    assert model.eval()(**{name: predict[name] for name in arguments[:2]})["logits"].shape == (2, V)


@pytest.mark.parametrize(("loss", "draws"), [("ce", False), ("ce_sampled", True)])
def test_a_spec_draws_negatives_if_its_loss_needs_them(loss, draws):
    feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": V}
    spec = {
        "schema": {"features": [feature]},
        "model": {"type": "sasrec", "loss": {"type": loss}},
        "data": {"type": "parquet"},
    }
    transforms = resolve(load(spec)).data.transforms
    assert transforms.keys() == {"train", "validate", "test", "predict"}
    samplers = [t for t in transforms["train"] if type(t).__name__ == "NegativesSpec"]
    assert len(samplers) == draws
