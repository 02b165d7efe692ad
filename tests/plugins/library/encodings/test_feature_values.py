"""Raw values of features become the numbers that prepared data has, and lead back to them."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_library_encodings.feature_values import decode, encode, gaps, unknown_categories

from seqrec_core.errors import DataError

DEVICE = {"type": "categorical", "values": [None, "2", "phone", "true", "7.0"], "missing": 0}
TAGS = {"type": "categorical_list", "values": ["a", "b", "c"], "missing": []}
PRICE = {"type": "numerical", "mean": 10.0, "standard_deviation": 4.0, "missing": 0.0}
VECTOR = {"type": "numerical_list", "missing": [0.0, 0.0]}
GAP = {"type": "categorical", "buckets": 5, "missing": 0}


@pytest.mark.parametrize(
    ("entry", "value", "number"),
    [
        (DEVICE, "phone", 2),
        (DEVICE, 2, 1),
        (DEVICE, 2.0, 1),
        (DEVICE, 7, 4),
        (DEVICE, True, 3),
        (DEVICE, "Phone", 0),
        *[(DEVICE, value, 0) for value in (None, "", math.nan)],
        (TAGS, ["b", "a", "b"], [1, 0]),
        (TAGS, ["z", None, "c"], [2]),
        *[(TAGS, value, []) for value in (None, "", [])],
        (PRICE, 16, 1.5),
        (PRICE, "16", 1.5),
        *[(PRICE, value, 0.0) for value in (None, "", math.nan)],
        (VECTOR, [1, "2.5"], [1, 2.5]),
        (VECTOR, None, [0, 0]),
        ({"type": "numerical", "unit": "second"}, 881250949, 881250949),
        ({"type": "numerical"}, 0.5, 0.5),
        ({"type": "categorical", "values": [None, "x"]}, "y", 0),
    ],
)
def test_values_become_numbers(entry, value, number):
    assert encode(entry, [value, value]) == [number, number]


@pytest.mark.parametrize(
    ("entry", "value", "message"),
    [
        (PRICE, "dear", "'dear' is no finite number"),
        (PRICE, "inf", "'inf' is no finite"),
        (PRICE, [1], "is no finite number"),
        (TAGS, "ab", "'ab' is no list"),
        (TAGS, [["a"]], r"\['a'\] is not one value"),
        (DEVICE, ["phone"], r"\['phone'\] is not one value; give a category"),
        (DEVICE, {"phone": 1}, "is not one value"),
        (VECTOR, 5, "5 is no list"),
        (VECTOR, "12", "'12' is no list"),
        (VECTOR, [1], r"\[1\] has 1 numbers; give 2"),
        (GAP, -1, "time gap below 0"),
        ({"type": "categorical", "values": ["x"]}, "y", "'y' is no category.*'x'"),
    ],
)
def test_what_has_no_number_is_refused(entry, value, message):
    with pytest.raises(DataError, match=message):
        encode(entry, [value])


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**62)))
def test_gaps_fall_into_buckets_of_powers_of_two(numbers):
    entry = GAP | {"buckets": 64}
    buckets = encode(entry, numbers)
    for number, bucket in zip(numbers, buckets, strict=True):
        assert 2**bucket <= number + 1 < 2 ** (bucket + 1)
    assert encode(entry, decode(entry, buckets)) == buckets
    assert encode(GAP, [2**40]) == [4]


def test_gaps_are_those_to_the_event_before():
    assert gaps([5, 5, 9, 20]) == [0, 0, 4, 11]
    assert gaps([]) == []


def test_numbers_lead_back_to_values():
    assert decode(DEVICE, [2, 0]) == ["phone", None]
    assert decode(TAGS, [[2, 0], []]) == [["c", "a"], []]
    assert decode(PRICE, encode(PRICE, [3.0])) == [3.0]
    assert decode(VECTOR, [[1.0, 2.0]]) == [[1.0, 2.0]]


@pytest.mark.parametrize(
    ("entry", "value", "unknown"),
    [
        (DEVICE, "Phone", ["Phone"]),
        (DEVICE, 2.0, []),
        (DEVICE, None, []),
        (TAGS, ["z", "a", None, "y"], ["z", "y"]),
        (TAGS, None, []),
        (PRICE, 3, []),
        (GAP, 900, []),
        ({}, "anything", []),
    ],
)
def test_categories_that_the_data_does_not_have_are_told(entry, value, unknown):
    assert unknown_categories(entry, value) == unknown
