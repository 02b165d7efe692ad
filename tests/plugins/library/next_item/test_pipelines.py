"""The template pipeline as plain data: which transforms, in which order, with which columns."""

import pytest
from seqrec_library_next_item.pipelines import next_token_transforms
from small_sasrec import schema

from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

PRICE = TensorFeatureInfo("price", FeatureType.NUMERICAL, is_seq=True)
CLOCK = TensorFeatureInfo("clock", FeatureType.NUMERICAL, True, FeatureHint.TIMESTAMP)
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


def test_negatives_are_those_of_the_models_sampler_in_training_alone():
    transforms = next_token_transforms(schema(PRICE), needs_negatives=True)
    negatives = {"type": "seqrec-transform-negatives:negatives"}
    assert transforms["train"][-1] == negatives
    assert all(negatives not in transforms[split] for split in ("validate", "test", "predict"))


@pytest.mark.parametrize(
    ("features", "grouped"),
    [
        (None, ["item_id", "price", "clock"]),
        (["clock", "item_id"], ["item_id", "clock"]),
        (["price"], ["item_id", "price", "clock"]),
        ([], ["item_id", "clock"]),
    ],
)
def test_chosen_features_the_item_id_and_times_are_grouped_in_the_order_of_the_schema(
    features, grouped
):
    transforms = next_token_transforms(schema(PRICE, CLOCK, USER), features=features)
    for split in transforms.values():
        assert split[-1]["mapping"] == {"feature_tensors": grouped}


def test_features_that_the_schema_lacks_are_named():
    with pytest.raises(ValueError, match=r"features has \['colour'\]; the schema has \['item_id'"):
        next_token_transforms(schema(PRICE), features=["item_id", "colour"])


def test_a_schema_without_an_item_id_is_refused():
    with pytest.raises(ValueError, match="item"):
        next_token_transforms(TensorSchema([PRICE]))


def test_features_of_users_keep_their_shape_however_long_their_lists_are():
    liked = TensorFeatureInfo("liked", FeatureType.CATEGORICAL_LIST, cardinality=5, tensor_dim=3)
    [next_token, *_] = next_token_transforms(schema(PRICE, liked))["train"]
    assert {"liked", "liked_mask"} <= {*next_token["query_features"]}
