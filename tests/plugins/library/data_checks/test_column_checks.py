"""Each check against a loop over rows."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_library_data_checks.column_checks import ColumnCheck
from seqrec_library_data_checks.expectation import Expectation

IDS = Expectation(
    name="x", depth=1, is_id=True, cardinality=5, padding=5, is_event=True, is_item=True
)
PAIRS = Expectation(name="x", depth=2, is_id=False, width=2, is_event=True)


def faults(rows, expectation, events=None, type_=None):
    array = pa.array(rows, type_)
    return [*ColumnCheck(array, expectation, "a.parquet", 100, events).faults()]


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(-2, 8)), min_size=1), st.sampled_from([5, 0, 2, -1]))
def test_rows_with_ids_that_are_none_are_counted(rows, padding):
    it = Expectation(name="x", depth=1, is_id=True, cardinality=5, padding=padding, is_item=True)
    bad = [r for r, row in enumerate(rows)
           if any(not 0 <= i <= it.highest or i == padding for i in row)]  # fmt: skip
    there = faults(rows, it, type_=pa.list_(pa.int64()))
    assert bool(there) == bool(bad)
    if bad:
        assert min(fault.row for fault in there) == 100 + bad[0]
        assert max(f.count for f in there) <= len(bad) <= sum(f.count for f in there)


@pytest.mark.parametrize(
    ("rows", "expectation", "row", "said"),
    [
        ([[0], [5]], IDS, 101, "5 is the padding id, which is no item"),
        ([[0], [1, -1]], IDS, 101, "-1 is no id of the schema, whose ids are 0 to 4"),
        ([[0], None], IDS, 101, "null list, or a null in the list"),
        ([[0], [None]], IDS, 101, "null list, or a null in the list"),
        ([[[1.0, 2.0], []], [[1.0]]], PAIRS, 101, "a list of 1 values, where tensor_dim says 2"),
        ([[[1.0, 2.0]], [[1.0] * 3]], PAIRS, 101, "a list of 3 values, where tensor_dim says 2"),
    ],
)
def test_a_fault_names_its_row_and_value(rows, expectation, row, said):
    (fault,) = faults(rows, expectation)
    assert (fault.row, fault.message, fault.count) == (row, said, 1)


def test_ids_beyond_the_padding_id_are_told_with_it():
    (fault,) = faults([[5], [6], [4]], IDS)
    assert (fault.message.partition(" ")[0], fault.count) == ("5", 2)


def test_each_event_has_one_value():
    (fault,) = faults([[1, 2], [1]], IDS, np.array([2, 3]))
    assert (fault.row, fault.message) == (101, "1 values for 3 items")


def test_numbers_that_are_not_finite_are_named_and_empty_lists_noticed():
    prices = Expectation(name="x", depth=1, is_id=False, is_event=True, is_needed=True)
    check = ColumnCheck(pa.array([[1.0], [], [2.0, float("nan")]]), prices, "a.parquet", 0)
    (fault,) = check.not_finite()
    assert (fault.row, fault.message) == (2, "nan is no finite number")
    (notice,) = check.oddities()
    assert (notice.row, notice.severity) == (1, "notice")


def test_side_features_may_be_unknown():
    it = Expectation(name="x", depth=1, is_id=True, cardinality=5, padding=0)
    check = ColumnCheck(pa.array([[1], [0, 5]]), it, "a.parquet", 0, np.array([1, 2]))
    assert [*check.faults()] == []
    (notice,) = check.oddities()
    assert (notice.row, notice.severity) == (1, "notice")
