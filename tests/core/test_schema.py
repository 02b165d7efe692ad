from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def test_a_subset_names_what_it_lacks_and_takes_no_single_name():
    with pytest.raises(KeyError, match=r"no features \['typo', 'x'\] in .* has \['item', 'user'"):
        SCHEMA.subset(["typo", "item", "x"])
    with pytest.raises(TypeError, match=r"several names, got 'item'; write \['item'\]"):
        SCHEMA.subset("item")
    assert SCHEMA.subset(iter(["price"])).names == ["price"]
    assert len(SCHEMA.subset([])) == 0


def test_a_schema_is_made_of_features_in_any_collection():
    assert TensorSchema(ITEM).names == ["item"]
    assert TensorSchema(feature for feature in (ITEM, USER, PRICE)) == SCHEMA
    assert TensorSchema({"item": ITEM, "user": USER, "price": PRICE}) == SCHEMA
    assert TensorSchema(SCHEMA) == SCHEMA
    assert TensorSchema({}) == TensorSchema([])
    with pytest.raises(ValueError, match=r"keys must be the names .*\['a'\] stand for \['item'\]"):
        TensorSchema({"a": ITEM})
    for wrong in ("item", ["item"], {"item": None}):
        with pytest.raises(TypeError, match="made of TensorFeatureInfo, got "):
            TensorSchema(wrong)


def test_schemas_are_added_unless_their_names_clash():
    assert TensorSchema(ITEM) + TensorSchema([USER, PRICE]) == SCHEMA
    assert SCHEMA.categorical_features + SCHEMA.numerical_features == SCHEMA
    with pytest.raises(ValueError, match=r"stand twice: \['item', 'user'\]"):
        SCHEMA + SCHEMA.categorical_features
    with pytest.raises(TypeError, match="unsupported operand"):
        SCHEMA + ITEM


EVERY = TensorSchema(
    TensorFeatureInfo(f"{kind.value} {hint} {is_seq}", kind, is_seq, hint)
    for kind, hint, is_seq in product(FeatureType, [None, *FeatureHint], [False, True])
)


@settings(deadline=None)
@given(
    st.sampled_from([None, "numerical None True", "absent"]),
    st.sampled_from([None, *FeatureHint]),
    st.sampled_from([None, False, True]),
    st.sampled_from([None, *FeatureType]),
)
def test_a_filter_keeps_what_has_all_that_is_asked_for(name, hint, is_seq, kind):
    kept = [
        feature
        for feature in EVERY.all_features
        if (name is None or feature.name == name)
        and (hint is None or feature.feature_hint is hint)
        and (is_seq is None or feature.is_seq is is_seq)
        and (kind is None or feature.feature_type is kind)
    ]
    chosen = EVERY.filter(name=name, feature_hint=hint, is_seq=is_seq, feature_type=kind)
    assert list(chosen.values()) == kept


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("name", 3, "str"),
        ("feature_hint", "item_id", "FeatureHint"),
        ("is_seq", 1, "bool"),
        ("feature_type", "categorical", "FeatureType"),
    ],
)
def test_a_filter_by_something_of_another_type_is_refused(field, value, kind):
    with pytest.raises(ValueError, match=rf"filter\(\): {field} is {value!r}; give {kind}"):
        SCHEMA.filter(**{field: value})


def test_two_features_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"stand twice: \['item'\]"):
        TensorSchema([ITEM, ITEM])


def test_padding_is_behind_the_ids_unless_told_otherwise():
    assert (ITEM.padding_value, PRICE.padding_value) == (9, 0)
    with pytest.raises(ValueError, match="has no cardinality"):
        TensorFeatureInfo("x", FeatureType.NUMERICAL, cardinality=3)


CATEGORICAL, NUMERICAL = FeatureType.CATEGORICAL, FeatureType.NUMERICAL
SOURCE = TensorFeatureSource(FeatureSource.INTERACTIONS, "column")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": 3}, "feature 3: name is 3; give str"),
        ({"feature_type": "categorical"}, "feature_type is 'categorical'; give FeatureType.CAT"),
        ({"feature_type": "unavailable type"}, "feature_type is 'unavailable type'; give Feat"),
        ({"feature_type": None}, "feature_type is None"),
        ({"is_seq": 1}, "is_seq is 1; give bool"),
        ({"is_seq": None}, "is_seq is None; give bool"),
        ({"feature_hint": "item_id"}, "feature_hint is 'item_id'; give FeatureHint.ITEM_ID or"),
        ({"feature_hint": CATEGORICAL}, "feature_hint is <FeatureType.CATEGORICAL"),
        ({"feature_sources": "column"}, "'c' is no source; give TensorFeatureSource"),
        ({"feature_sources": SOURCE}, r"feature_sources is TensorFeatureSource\(.*; give tuple"),
        ({"feature_sources": [None]}, "None is no source; give TensorFeatureSource"),
        ({"cardinality": -1}, "cardinality is -1; give at least 1, or leave it out"),
        ({"cardinality": 0}, "cardinality is 0; give at least 1"),
        ({"cardinality": "9"}, "cardinality is '9'; give int or None"),
        ({"cardinality": 9.0}, r"cardinality is 9\.0"),
        ({"cardinality": True}, "cardinality is True"),
        ({"padding_value": "0"}, "padding_value is '0'; give int"),
        ({"padding_value": None}, "padding_value is None; give int"),
        ({"padding_value": False}, "padding_value is False"),
        ({"embedding_dim": 0}, "embedding_dim is 0; give at least 1"),
        ({"embedding_dim": 6.5}, r"embedding_dim is 6\.5; give int or None"),
        ({"tensor_dim": 2}, "is categorical and has no tensor_dim, got 2; leave"),
        ({"tensor_dim": 0}, "has no tensor_dim, got 0"),
        ({"feature_type": NUMERICAL, "tensor_dim": -2}, "tensor_dim is -2; give at least 1"),
        ({"feature_type": NUMERICAL, "tensor_dim": "2"}, "tensor_dim is '2'"),
        (
            {"feature_type": NUMERICAL, "cardinality": 9},
            "numerical and has no cardinality, got 9",
        ),
        ({"feature_type": FeatureType.NUMERICAL_LIST, "cardinality": 9}, "has no cardinality"),
    ],
)
def test_a_feature_that_cannot_be_is_refused_by_name_and_value(settings, words):
    with pytest.raises(ValueError, match=words) as error:
        TensorFeatureInfo(**{"name": "country", "feature_type": CATEGORICAL} | settings)
    assert repr(settings.get("name", "country")) in str(error.value)


@pytest.mark.parametrize("kind", [np.int32, np.int64, np.uint8])
def test_whole_numbers_of_numpy_are_taken(kind):
    feature = TensorFeatureInfo("x", CATEGORICAL, cardinality=kind(9), embedding_dim=kind(4))
    assert feature == TensorFeatureInfo("x", CATEGORICAL, cardinality=9, embedding_dim=4)
    assert [type(n) for n in (feature.cardinality, feature.padding_value)] == [int, int]


def test_a_list_of_ids_may_have_a_length():
    assert TensorFeatureInfo("tags", FeatureType.CATEGORICAL_LIST, tensor_dim=3).tensor_dim == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("interactions", "a"), "source 'a': source is 'interactions'; give FeatureSource.INT"),
        ((FeatureSource.INTERACTIONS, None), "column is None; give str"),
        ((FeatureSource.INTERACTIONS, "a", "b"), "source 'a': index is 'b'; give int or None"),
        ((FeatureSource.INTERACTIONS, "a", True), "index is True"),
    ],
)
def test_a_source_that_cannot_be_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        TensorFeatureSource(*arguments)


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
