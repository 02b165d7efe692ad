"""The batches that components are tested with fit their schema and are padded as it says."""

import pytest
import torch
from seqrec_tool_conformance.batches import (
    ITEM,
    LENGTHS,
    SCHEMA,
    V,
    causal_mask,
    drawn_column,
    features,
    mixed,
    padding_mask,
    raw_batch,
    schema_of,
    training_labels,
    worked_batch,
)

from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo


def test_the_schema_holds_each_type_of_feature_and_as_many_items_as_asked_for():
    assert len({feature.feature_type for feature in SCHEMA.all_features}) == 4
    assert schema_of(7).item_id_features.item().cardinality == 7


def test_padding_stands_in_front_of_as_many_events_as_each_user_has():
    real = padding_mask(padding=2)
    assert real.sum(1).tolist() == list(LENGTHS)
    for user, length in enumerate(LENGTHS):
        assert real[user, -length:].all()


def test_a_causal_mask_shows_real_events_of_the_past_and_the_diagonal():
    real = padding_mask((2, 1))
    expected = torch.tensor([[[1, 0], [1, 1]], [[1, 0], [0, 1]]], dtype=torch.bool)
    assert torch.equal(causal_mask(real)[:, 0] == 0, expected)
    assert causal_mask(real)[:, 0][~expected].eq(-torch.inf).all()


def test_more_padding_leaves_every_event_what_it_is():
    short, long = features(padding_mask()), features(padding_mask(padding=3))
    for name, values in short.items():
        assert torch.equal(values, long[name][:, 3:]), name


def test_features_and_labels_are_padded_as_the_schema_says():
    real = padding_mask()
    columns, labels = features(real), training_labels(real)
    assert columns[ITEM][~real].eq(V).all()
    assert columns[ITEM][real].lt(V).all()
    assert columns["tags"][~real].eq(5).all()
    assert not columns["image"][~real].any()
    assert labels["positive_labels"][~labels["target_padding_mask"]].eq(V).all()


def test_a_mixture_takes_the_other_values_only_where_told_also_in_nested_mappings():
    one, other = (
        {"a": torch.full((1, 2, 3), n), "b": {"c": torch.full((1, 2), n)}} for n in (0, 1)
    )
    where = torch.tensor([[False, True]])
    mixture = mixed(one, other, where)
    assert mixture["a"].tolist() == [[[0, 0, 0], [1, 1, 1]]]
    assert mixture["b"]["c"].tolist() == [[0, 1]]
    assert not one["a"].any()


def test_a_raw_batch_has_a_mask_for_each_column_and_a_worked_one_its_labels():
    raw, worked = raw_batch(), worked_batch()
    for name in (*features(padding_mask()), "query_id"):
        assert raw[f"{name}_mask"].dtype == torch.bool, name
    assert raw["seen_ids"][~raw[f"{ITEM}_mask"]].eq(-1).all()
    assert {"padding_mask", "positive_labels", "target_padding_mask"} <= worked.keys() - raw.keys()


@pytest.mark.parametrize(
    ("feature", "shape", "padding"),
    [
        (TensorFeatureInfo("a", FeatureType.CATEGORICAL, True, cardinality=3), (4, 6), 3),
        (TensorFeatureInfo("b", FeatureType.CATEGORICAL_LIST, True, cardinality=3), (4, 6, 2), 3),
        (TensorFeatureInfo("c", FeatureType.NUMERICAL, True), (4, 6), 0),
        (TensorFeatureInfo("d", FeatureType.NUMERICAL_LIST, True, tensor_dim=5), (4, 6, 5), 0),
    ],
)
def test_a_further_column_is_drawn_and_padded_as_its_feature_says(feature, shape, padding):
    real = padding_mask()
    values, longer = (drawn_column(feature, mask) for mask in (real, padding_mask(padding=3)))
    assert values.shape == shape
    assert values[~real].eq(padding).all()
    assert torch.equal(values, longer[:, 3:])
    assert not torch.equal(values, drawn_column(feature, real, seed=1))
    if feature.is_cat:
        assert values[real].lt(3).all()


def test_a_further_column_of_users_has_one_value_a_user():
    feature = TensorFeatureInfo("country", FeatureType.CATEGORICAL, cardinality=3)
    values = drawn_column(feature, padding_mask())
    assert values.shape == (4,)
    raw = raw_batch(columns={**features(padding_mask(padding=3)), "country": values})
    assert raw["country_mask"].tolist() == [True] * 4


def test_times_rise():
    hint = FeatureHint.TIMESTAMP
    feature = TensorFeatureInfo("t", FeatureType.NUMERICAL, is_seq=True, feature_hint=hint)
    times = drawn_column(feature, torch.ones(2, 6, dtype=torch.bool))
    assert times.dtype == torch.int64
    assert (times.diff(dim=1) > 0).all()
