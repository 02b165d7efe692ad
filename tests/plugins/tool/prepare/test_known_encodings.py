"""Values of new data are encoded as the old data says; what that does not know is missing."""

import polars as pl
import pytest
from seqrec_library_encodings.feature_values import encode
from seqrec_tool_prepare.encodings import FaultyValueError
from seqrec_tool_prepare.feature_choice import Feature
from seqrec_tool_prepare.known_encodings import encode_as, missing_values

from seqrec_core.schema import FeatureType

CASES = {
    "categorical": ({"values": [None, "a", "b"], "missing": 0}, ["b", None, "z", "a"], 1, 1),
    "categorical_list": (
        {"values": ["a", "b"], "missing": []},
        [["b", "z", "b"], None, [], ["a", "b"]],
        2,
        1,
    ),
    "numerical": ({"mean": 2.0, "standard_deviation": 4.0, "missing": 0.0}, [6.0, None], 1, 0),
    "numerical_list": ({"missing": [0.0, 0.0]}, [[1.0, 2.0], None], 1, 0),
}


@pytest.mark.parametrize("kind", CASES)
def test_values_are_those_of_the_served_encoding(kind):
    entry, values, missing, unknown = CASES[kind]
    entry = {"type": kind, **entry}
    encoded = encode_as(entry, pl.Series(values, strict=False), Feature("f", FeatureType(kind)))
    assert encoded.values.to_pylist() == encode(entry, values)
    assert (encoded.missing, encoded.unknown) == (missing, unknown)


@pytest.mark.parametrize("kind", CASES)
def test_what_is_missing_everywhere_is_encoded_too(kind):
    entry = {"type": kind, **CASES[kind][0]}
    encoded = missing_values(entry, Feature("f", FeatureType(kind)), 3)
    assert encoded.values.to_pylist() == encode(entry, [None] * 3)


def test_lists_of_another_length_are_refused():
    entry = {"type": "numerical_list", "missing": [0.0, 0.0]}
    feature = Feature("f", FeatureType.NUMERICAL_LIST)
    with pytest.raises(FaultyValueError, match="3 numbers where the known data has 2"):
        encode_as(entry, pl.Series([None, [1.0, 2.0, 3.0]]), feature)
