"""Sums over buckets are those of all events at once, and of training alone."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare.feature_choice import Feature
from seqrec_tool_prepare.training_values import training_values

from seqrec_core.schema import FeatureType

number = st.none() | st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(number, st.booleans()), max_size=8), max_size=5))
def test_mean_and_deviation_do_not_depend_on_the_buckets(buckets):
    sums = training_values(Feature("x", FeatureType.NUMERICAL))
    for bucket in buckets:
        values = pl.Series([value for value, _ in bucket], dtype=pl.Float64)
        sums.add(values, np.array([is_training for _, is_training in bucket], bool))
    events = [event for bucket in buckets for event in bucket]
    seen = [value for value, is_training in events if is_training and value is not None]
    spread = np.std(seen) if len(set(seen)) > 1 else 1.0
    entry = sums.entry()
    assert entry["mean"] == pytest.approx(np.mean(seen) if seen else 0.0, rel=1e-9, abs=1e-6)
    assert entry["standard_deviation"] == pytest.approx(spread, rel=1e-6)
    assert sums.missing == sum(value is None for value, _ in events)


def test_numbers_far_from_0_keep_their_deviation():
    sums = training_values(Feature("x", FeatureType.NUMERICAL))
    for part in ([1e9, 1e9 + 1], [1e9 + 2, 1e9 + 3]):
        sums.add(pl.Series(part), np.ones(2, bool))
    assert sums.entry()["standard_deviation"] == pytest.approx(np.std([0, 1, 2, 3]))


def test_equal_numbers_are_not_blown_up_by_rounding():
    sums = training_values(Feature("x", FeatureType.NUMERICAL))
    sums.add(pl.Series([0.1] * 7), np.ones(7, bool))
    assert sums.entry() == {"mean": 0.1, "standard_deviation": 1.0, "missing": 0.0}


def test_categories_of_other_splits_are_counted_as_unknown():
    sums = training_values(Feature("x", FeatureType.CATEGORICAL_LIST))
    sums.add(pl.Series([["b", "a"], ["c", "c"], None]), np.array([True, False, True]))
    sums.add(pl.Series([["a"], ["d", "b"]]), np.array([True, False]))
    assert sums.entry() == {"values": ["a", "b"], "missing": []}
    assert sums.sizes() == {"cardinality": 2, "tensor_dim": 2}
    assert (sums.unknown(), sums.missing) == (3, 1)
