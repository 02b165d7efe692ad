"""Padded tensors against a loop over rows."""

import numpy as np
import pyarrow as pa
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_datamodule_parquet.columns import Columns
from seqrec_datamodule_parquet.metadata import ColumnFormat, column_formats

number = st.integers(-5, 5)


rows_1d = st.lists(st.lists(number, max_size=6), min_size=1, max_size=8)


rows_2d = st.lists(st.lists(st.lists(number, max_size=3), max_size=4), min_size=1, max_size=6)


size = st.none() | st.integers(1, 5)


def table(**columns):
    """A table of columns given as (list dimensions, rows)."""
    types = [pa.int64(), pa.large_list(pa.int64()), pa.large_list(pa.large_list(pa.int64()))]
    return pa.table({name: pa.array(rows, types[depth]) for name, (depth, rows) in columns.items()})


def left_padded(row, size, padding):
    tail = row[-size:]
    missing = size - len(tail)
    return [padding] * missing + tail, [False] * missing + [True] * len(tail)


@settings(max_examples=60, deadline=None)
@given(rows_1d, size, st.randoms(use_true_random=False))
def test_lists_are_cut_and_padded_on_the_left(rows, size, random):
    formats = {"x": ColumnFormat((size,), 9)}
    numbers = random.choices(range(len(rows)), k=5)
    values, mask = Columns(table(x=(1, rows)), formats).batch(np.array(numbers))["x"]
    length = size or max(1, *(len(rows[number]) for number in numbers))
    expected = [left_padded(rows[number], length, 9) for number in numbers]
    assert values.tolist() == [row for row, _ in expected]
    assert mask.tolist() == [row for _, row in expected]


@settings(max_examples=60, deadline=None)
@given(rows_2d, size, size)
def test_lists_of_lists_are_cut_and_padded_in_both_dimensions(rows, outer, inner):
    formats = {"x": ColumnFormat((outer, inner), 9)}
    values, mask = Columns(table(x=(2, rows)), formats).batch(np.arange(len(rows)))["x"]
    outer = outer or max(1, *(len(row) for row in rows), 1)
    tails = [element for row in rows for element in row[-outer:]]
    inner = inner or max([1, *(len(element) for element in tails)])
    for row, numbers, is_real in zip(rows, values.tolist(), mask.tolist(), strict=True):
        elements = [[]] * (outer - len(row[-outer:])) + row[-outer:]
        assert numbers == [left_padded(element, inner, 9)[0] for element in elements]
        assert is_real == [left_padded(element, inner, 9)[1] for element in elements]


def test_slices_of_a_table_give_their_own_rows():
    rows = [[1], [2, 3], [4, 5, 6], []]
    part = table(x=(1, rows), y=(0, [1, 2, None, 4])).slice(1, 3)
    batch = Columns(part, {"x": ColumnFormat((2,), 0), "y": ColumnFormat((), -1)}).batch(
        np.array([2, 1, 0])
    )
    assert batch["x"][0].tolist() == [[0, 0], [5, 6], [2, 3]]
    assert batch["y"][0].tolist() == [4, -1, 2]
    assert batch["y"][1].tolist() == [True, False, True]


def test_types_of_the_file_are_types_of_the_tensors():
    types = {
        "bool": (pa.bool_(), torch.bool),
        "int8": (pa.int8(), torch.int8),
        "int32": (pa.int32(), torch.int32),
        "float32": (pa.float32(), torch.float32),
        "float64": (pa.float64(), torch.float64),
    }
    schema = pa.schema([(name, pa.large_list(type_)) for name, (type_, _) in types.items()])
    columns = pa.table({name: [[1], [0, 1]] for name in types}).cast(schema)
    formats = column_formats({name: {"shape": 3} for name in types}, schema)
    for name, (values, _) in Columns(columns, formats).batch(np.arange(2)).items():
        assert values.dtype == types[name][1]
        assert values[:, 0].tolist() == [False if name == "bool" else -1] * 2


def test_batches_are_trimmed_to_the_longest_row_where_lists_are_as_long():
    rows = [[1], [1, 2], [1, 2, 3, 4, 5, 6]]
    other = [[7], [], []]
    formats = {name: ColumnFormat((4,), 0) for name in ("item_id", "timestamp", "other")}
    columns = Columns(
        table(item_id=(1, rows), timestamp=(1, rows), other=(1, other)), formats, "item_id", 1
    )
    batch = columns.batch(np.array([0, 1]))
    assert batch["item_id"][0].tolist() == [[0, 0, 1], [0, 1, 2]]
    assert batch["timestamp"][0].shape == (2, 3)
    assert batch["other"][0].shape == (2, 4)
    assert columns.batch(np.array([2]))["item_id"][0].shape == (1, 4)
