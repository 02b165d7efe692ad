"""Values of side features become numbers that a model can take."""

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare.encodings import FaultyValueError, encode

from seqrec_core.schema import FeatureType


def encoded(kind, values, dtype=None):
    return encode(pl.Series(values, dtype=dtype), FeatureType(kind))


@settings(deadline=None)
@given(st.lists(st.none() | st.sampled_from(["b", "a", "c", "10", "9"]), min_size=1))
def test_ids_of_categories_lead_back_to_them(values):
    result = encoded("categorical", values, pl.String)
    names = result.encoding["values"]
    assert [names[number] for number in result.values.to_pylist()] == values
    assert result.sizes == {"cardinality": len({*values} - {None}) + 1}
    assert result.missing == values.count(None)


@settings(deadline=None)
@given(st.lists(st.none() | st.lists(st.sampled_from("abc")), min_size=1))
def test_ids_of_lists_lead_back_to_their_different_values(values):
    result = encoded("categorical_list", values, pl.List(pl.String))
    names, rows = result.encoding["values"], result.values.to_pylist()
    assert [[names[i] for i in row] for row in rows] == [
        list(dict.fromkeys(v or [])) for v in values
    ]
    assert result.sizes["tensor_dim"] == max(1, *map(len, rows))
    assert result.values.type == pa.list_(pa.int64())


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(-1000, 1000), min_size=1))
def test_numbers_are_standardised_and_missing_ones_are_the_mean(values):
    result = encoded("numerical", values, pl.Int64)
    present = [value for value in values if value is not None]
    mean = np.mean(present) if present else 0.0
    spread = np.std(present) if present else 0.0
    spread = spread if spread > 1e-30 else 1.0
    assert result.encoding == pytest.approx({"mean": mean, "standard_deviation": spread})
    expected = [0.0 if value is None else (value - mean) / spread for value in values]
    np.testing.assert_allclose(result.values.to_numpy(), np.float32(expected), rtol=1e-5, atol=1e-6)
    assert result.missing == values.count(None)


def test_lists_of_numbers_are_rows_of_one_length():
    result = encoded("numerical_list", [["1", "2"], None, [], ["3", "4"]])
    assert result.values.to_pylist() == [[1, 2], [0, 0], [0, 0], [3, 4]]
    assert result.values.type == pa.list_(pa.float32())
    assert (result.sizes, result.missing) == ({"tensor_dim": 2}, 2)


def test_categories_that_are_numbers_are_in_their_order():
    for values, order in {
        ("1999", "200", "30"): ["30", "200", "1999"],
        ("1999", "x", "30"): ["1999", "30", "x"],
    }.items():
        assert encoded("categorical", values).encoding["values"][1:] == order
    for _ in range(5):
        assert encoded("categorical", ["1", "01", "001"]).values.to_pylist() == [3, 2, 1]


def test_nan_is_no_category():
    assert encoded("categorical", [float("nan"), 2.0, None]).values.to_pylist() == [0, 1, 0]


@pytest.mark.parametrize("kind", ["categorical", "categorical_list", "numerical", "numerical_list"])
def test_a_feature_that_no_item_has_is_missing_everywhere(kind):
    dtype = pl.List(pl.String) if kind.endswith("list") else pl.String
    result = encoded(kind, [None, None], dtype)
    empty = {"categorical": 0, "categorical_list": [], "numerical": 0.0, "numerical_list": [0.0]}
    assert result.values.to_pylist() == [empty[kind]] * 2
    assert result.missing == 2


@pytest.mark.parametrize(
    ("kind", "values", "index", "message"),
    [
        ("numerical", ["1", "dear"], 1, "'dear' is not a finite 32-bit number"),
        ("numerical", [0.0, 1.0, float("inf")], 2, "inf is not a finite"),
        ("numerical", ["1e300"], 0, "'1e300' is not"),
        ("numerical_list", [["1", "2"], None, ["1", "2", "3"]], 2, "3 numbers where others have 2"),
        ("numerical_list", [None, ["1", "2"], ["1", "x"]], 2, "'x' is not"),
        ("numerical_list", [None, ["1", "nan"]], 1, "a list with a number missing"),
    ],
)
def test_a_faulty_value_is_named_by_its_place(kind, values, index, message):
    with pytest.raises(FaultyValueError, match=message) as caught:
        encoded(kind, values)
    assert caught.value.index == index
