"""Split tables hold the slices of every history that a loop over the users gives."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare.histories import Histories

# A user: items of training, of validation, of test.
parts = st.tuples(*[st.lists(st.integers(0, 9), max_size=4)] * 3)
users = st.lists(parts.filter(any), min_size=1, max_size=6)


def split(users):
    histories = [[*a, *b, *c] for a, b, c in users]
    items = np.array([item for history in histories for item in history], np.int64)
    lengths = np.array([len(history) for history in histories])
    values = pa.array([item / 2 for item in range(10)])
    tables = Histories(
        np.arange(len(users)) + 5, lengths, items, items + 100, {"price": values}
    ).split(
        np.array([len(a) for a, _, _ in users]),
        np.array([len(a) + len(b) for a, b, _ in users]),
    )
    return {name: table.to_pylist() for name, table in tables.items()}


@settings(deadline=None)
@given(users)
def test_tables_hold_the_slices_of_each_user(users):
    tables = split(users)
    rows = [(5 + n, *user) for n, user in enumerate(users)]

    def row(user, history, **others):
        return {
            "query_id": user,
            "item_id": history,
            "timestamp": [item + 100 for item in history],
            "price": [item / 2 for item in history],
        } | others

    assert tables["train"] == [row(u, a) for u, a, _, _ in rows if a]
    assert tables["validate"] == [
        row(u, a, ground_truth=b, train=a, seen_ids=a) for u, a, b, _ in rows if a and b
    ]
    assert tables["test"] == [
        row(u, a + b, ground_truth=c, train=a, seen_ids=a + b) for u, a, b, c in rows if a + b and c
    ]
    assert tables["predict"] == [row(u, a + b + c, seen_ids=a + b + c) for u, a, b, c in rows]


@pytest.mark.parametrize("times", [None, np.array([1, 2, 3])])
def test_times_are_written_where_they_are_known(times):
    tables = Histories(np.array([0]), np.array([3]), np.array([4, 5, 6]), times, {}).split(
        np.array([1]), np.array([2])
    )
    for table in tables.values():
        assert ("timestamp" in table.column_names) == (times is not None)
        assert table.schema.field("item_id").type == pa.list_(pa.int64())
