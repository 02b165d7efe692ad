import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_library_data_checks.nested_values import NestedValues, depth_and_leaf

number = st.none() | st.integers(-3, 3)
rows = st.lists(st.none() | st.lists(st.none() | st.lists(number, max_size=3), max_size=3))


@settings(deadline=None)
@given(rows, st.integers(0, 3), st.booleans())
def test_numbers_lengths_and_nulls_are_those_of_the_rows(rows, start, is_large):
    make = pa.large_list if is_large else pa.list_
    array = pa.array(rows, make(make(pa.int64()))).slice(start)
    rows = rows[start:]
    values = NestedValues(array)
    flat = [(r, n) for r, row in enumerate(rows) for inner in row or [] for n in inner or []]
    assert values.numbers.tolist() == [n or 0 for _, n in flat]
    assert values.rows_of(range(len(flat))).tolist() == [r for r, _ in flat]
    assert values.lengths().tolist() == [len(row or []) for row in rows]
    assert values.lengths(1).tolist() == [len(e or []) for row in rows for e in row or []]
    nulls = [
        r for r, row in enumerate(rows)
        for absent in ([row is None], [e is None for e in row or []],
                       [n is None for e in row or [] for n in e or []])
        for is_null in absent if is_null
    ]  # fmt: skip
    assert values.null_rows().tolist() == nulls


def test_lists_of_a_fixed_size_are_lists():
    array = pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float32(), 2))
    assert depth_and_leaf(array.type) == (1, pa.float32())
    assert NestedValues(array).lengths().tolist() == [2, 2]
