"""Raw values become the numbers that the preparation of the data made of them."""

import math

import pytest
from seqrec_tool_recommend.raw_values import RawValues

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureType, TensorFeatureInfo

READ = RawValues(
    {
        "device": {"type": "categorical", "values": [None, "ios", "web"], "missing": 0},
        "stars": {"type": "numerical", "mean": 3.0, "standard_deviation": 2.0, "missing": 0.0},
        "timestamp": {"type": "numerical", "unit": None},
        "day": {"type": "numerical", "unit": "second"},
        "gap": {"type": "categorical", "buckets": 4, "missing": 0},
    }
)


def feature(name, feature_type, **sizes):
    return TensorFeatureInfo(name, feature_type, **sizes)


DEVICE = feature("device", FeatureType.CATEGORICAL, cardinality=3)
STARS = feature("stars", FeatureType.NUMERICAL)
GAP = feature("gap", FeatureType.CATEGORICAL, cardinality=4)
NUMBER = feature("number", FeatureType.CATEGORICAL, cardinality=3)
PRICE = feature("price", FeatureType.NUMERICAL_LIST, tensor_dim=2)


def test_values_are_encoded_as_the_data_are():
    assert [READ.value(DEVICE, value) for value in ("ios", "web", None)] == [1, 2, 0]
    assert [READ.value(STARS, value) for value in (3, "5", math.nan)] == [0.0, 1.0, 0.0]
    assert not READ.is_gap(DEVICE)


def test_the_categories_of_a_feature_are_gone_through_once():
    class Counted(list):
        passes = 0

        def __iter__(self):
            Counted.passes += 1
            return super().__iter__()

    read = RawValues({"device": {"type": "categorical", "values": Counted(["ios", "web"])}})
    assert [read.value(DEVICE, "web") for _ in range(5)] == [1] * 5
    assert read.unknown(DEVICE, "tv") == ["tv"]
    with pytest.raises(DataError, match="'tv' is no category"):
        read.value(DEVICE, "tv")
    assert Counted.passes == 1


def test_time_gaps_follow_from_times():
    assert READ.is_gap(GAP)
    assert READ.gaps(GAP, [5, 5, 6, 9, 1000]) == [0, 0, 1, 2, 3]
    assert READ.gaps(GAP, []) == []


def test_features_without_an_encoding_are_numbers():
    assert READ.value(NUMBER, "2") == 2
    assert READ.value(PRICE, (1, "2.5")) == [1.0, 2.5]
    assert READ.value(PRICE, None) == []


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (STARS, "many", "'stars': 'many' is no finite number"),
        (NUMBER, math.inf, "'number': inf is no number"),
        (NUMBER, 3, "'number': 3 is no id; give one below 3"),
        (NUMBER, None, "'number': None is no number"),
        (PRICE, 3, "'price': "),
    ],
)
def test_what_has_no_number_is_refused_by_name(kind, value, message):
    with pytest.raises(DataError, match=message):
        READ.value(kind, value)


def test_the_unit_of_times_is_told_or_not():
    assert [READ.has_bare_times(name) for name in ("timestamp", "day", "other")] == [1, 0, 0]
    assert [READ.has_seconds(name) for name in ("timestamp", "day", "other")] == [0, 1, 0]
