import pytest

from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
    TensorSchema,
)

ITEM = TensorFeatureInfo(
    "item", FeatureType.CATEGORICAL, is_seq=True, feature_hint=FeatureHint.ITEM_ID, cardinality=9
)
USER = TensorFeatureInfo(
    "user", FeatureType.CATEGORICAL, feature_hint=FeatureHint.QUERY_ID, cardinality=4
)
PRICE = TensorFeatureInfo("price", FeatureType.NUMERICAL_LIST, is_seq=True, tensor_dim=2)
SCHEMA = TensorSchema([ITEM, USER, PRICE])


def test_features_are_found_by_name_and_come_in_order():
    assert SCHEMA.names == list(SCHEMA) == ["item", "user", "price"]
    assert SCHEMA["price"] is PRICE
    with pytest.raises(KeyError, match=r"no feature 'prize' in the schema; it has \['item'"):
        SCHEMA["prize"]


def test_features_are_chosen_by_what_they_are():
    assert SCHEMA.sequential_features.names == ["item", "price"]
    assert SCHEMA.categorical_features.names == ["item", "user"]
    assert SCHEMA.numerical_features.names == ["price"]
    assert SCHEMA.subset(["price", "item"]).names == ["item", "price"]


def test_hints_name_the_feature_that_plays_a_part():
    assert SCHEMA.item_id_feature_name == "item"
    assert SCHEMA.query_id_feature_name == "user"
    assert SCHEMA.timestamp_feature_name is None
    assert SCHEMA.rating_feature_name is None
    assert SCHEMA.item_id_features.item() is ITEM


def test_item_needs_exactly_one_feature():
    with pytest.raises(ValueError, match="exactly one feature"):
        SCHEMA.item()


def test_two_features_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"stand twice: \['item'\]"):
        TensorSchema([ITEM, ITEM])


def test_padding_is_behind_the_ids_unless_told_otherwise():
    assert (ITEM.padding_value, PRICE.padding_value) == (9, 0)
    with pytest.raises(ValueError, match="has no cardinality"):
        TensorFeatureInfo("x", FeatureType.NUMERICAL, cardinality=3)


def test_a_feature_of_several_sources_has_no_single_one():
    one = TensorFeatureSource(FeatureSource.INTERACTIONS, "a")
    two = TensorFeatureSource(FeatureSource.ITEM_FEATURES, "b")
    feature = TensorFeatureInfo("x", FeatureType.NUMERICAL, feature_sources=[one, two])
    with pytest.raises(ValueError, match="several sources"):
        _ = feature.feature_source
    assert (
        TensorFeatureInfo("x", FeatureType.NUMERICAL, feature_sources=[one]).feature_source == one
    )
    assert ITEM.feature_source is None


def test_schemas_of_equal_features_are_equal_and_hash_alike():
    same = TensorSchema([ITEM, USER, PRICE])
    assert same == SCHEMA
    assert hash(same) == hash(SCHEMA)
    assert TensorSchema([ITEM]) != SCHEMA
