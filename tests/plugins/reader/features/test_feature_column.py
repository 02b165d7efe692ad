"""One column of an item table, against a loop over rows."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_reader_features.feature_column import Layout, feature_array

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureType, TensorFeatureInfo

GENRES = TensorFeatureInfo("genres", FeatureType.CATEGORICAL_LIST, cardinality=9)
PRICE = TensorFeatureInfo("price", FeatureType.NUMERICAL)

lists = st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=6)


@settings(deadline=None)
@given(lists, st.none() | st.integers(4, 6), st.integers(1, 3))
def test_lists_are_padded_on_the_left(rows, width, num_chunks):
    type_ = pa.list_(pa.int64())
    parts = np.array_split(np.arange(len(rows)), num_chunks)
    column = pa.chunked_array([pa.array([rows[i] for i in part], type_) for part in parts])
    values = feature_array(column, GENRES, Layout(width, 7), "items")
    length = width or max(1, *map(len, rows), 1)
    assert values.tolist() == [[7] * (length - len(row)) + row for row in rows]
    assert values.dtype == np.int64


@pytest.mark.parametrize("type_", [pa.int8(), pa.uint16(), pa.float64()])
def test_numbers_are_read_in_single_precision(type_):
    values = feature_array(pa.chunked_array([[3, 1], [2]], type_), PRICE, Layout(None, 0), "items")
    assert values.tolist() == [3.0, 1.0, 2.0]
    assert values.dtype == np.float32


def test_faults_name_the_row_in_which_a_list_begins():
    column = pa.chunked_array([[[1, 2], []], [[3, 10]]])
    with pytest.raises(DataError, match=r"^items, row 2: 10; feature 'genres' has ids from 0 to 9"):
        feature_array(column, GENRES, Layout(None, 9), "items")
    with pytest.raises(DataError, match=r"^items, row 0: 2 values, more than the shape 1"):
        feature_array(column.slice(0, 2), GENRES, Layout(1, 9), "items")
