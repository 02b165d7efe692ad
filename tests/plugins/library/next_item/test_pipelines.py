"""The template pipeline as plain data: which transforms, in which order, with which columns."""

import pytest
from seqrec_library_next_item.pipelines import next_token_transforms
from small_sasrec import V, schema

from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

PRICE = TensorFeatureInfo("price", FeatureType.NUMERICAL, is_seq=True)
USER = TensorFeatureInfo("user_id", FeatureType.CATEGORICAL, feature_hint=FeatureHint.QUERY_ID)
FEATURES = {"feature_tensors": ["item_id", "price"]}


def names(transforms):
    return [transform["type"].partition(":")[2] for transform in transforms]


def test_training_predicts_the_next_item_and_the_rest_keeps_every_event():
    transforms = next_token_transforms(schema(PRICE))
    assert transforms.keys() == {"train", "validate", "test", "predict"}
    assert names(transforms["train"]) == ["next_token", "rename", "unsqueeze", "unsqueeze", "group"]
    assert transforms["train"][0]["label_field"] == "item_id"
    assert transforms["train"][0]["query_features"] == ["query_id", "query_id_mask"]
    for split in ("validate", "test", "predict"):
        assert names(transforms[split]) == ["rename", "group"]
        assert transforms[split][0]["mapping"] == {"item_id_mask": "padding_mask"}
    assert all(split[-1]["mapping"] == FEATURES for split in transforms.values())


@pytest.mark.parametrize(
    ("features", "column", "query"),
    [(schema(PRICE, USER), None, "user_id"), (schema(PRICE), "reader", "reader")],
)
def test_a_query_of_another_name_leaves_as_query_id_and_is_no_feature(features, column, query):
    transforms = next_token_transforms(features, column)
    assert transforms["predict"][0]["mapping"] == {
        "item_id_mask": "padding_mask",
        query: "query_id",
    }
    assert transforms["train"][0]["query_features"] == [query, f"{query}_mask"]
    assert transforms["train"][-1]["mapping"] == FEATURES


@pytest.mark.parametrize(("items", "count"), [(V, V - 1), (1000, 100)])
def test_negatives_are_a_hundred_or_all_items_but_one(items, count):
    item = TensorFeatureInfo(
        "item_id", FeatureType.CATEGORICAL, True, FeatureHint.ITEM_ID, cardinality=items
    )
    transforms = next_token_transforms(TensorSchema([item]), needs_negatives=True)
    assert names(transforms["train"])[-1] == "uniform_negatives"
    assert transforms["train"][-1]["num_negative_samples"] == count
    assert "uniform_negatives" not in names(transforms["validate"])


def test_a_schema_without_an_item_id_is_refused():
    with pytest.raises(ValueError, match="item"):
        next_token_transforms(TensorSchema([PRICE]))
