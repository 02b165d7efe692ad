import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_library_data_checks.event_times import request_findings, time_findings
from seqrec_library_data_checks.nested_values import NestedValues

TIMES = pa.list_(pa.int64())


def findings(rows):
    return [*time_findings(NestedValues(pa.array(rows, TIMES)), "a.parquet", "timestamp", 10)]


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), max_size=4)))
def test_rows_whose_times_go_back_are_counted(rows):
    back = [r for r, row in enumerate(rows) if row != sorted(row)]
    there = findings(rows)
    assert [(f.row, f.count) for f in there] == ([(10 + back[0], len(back))] if back else [])


def test_units_are_told_by_their_size():
    second = 1_600_000_000
    assert findings([[second], [second + 1, 2 * second]]) == findings([[1, 2], [3, 9**9]]) == []
    (fault,) = findings([[second], [second, second + 1], [1000 * second]])
    assert (fault.row, fault.message) == (
        12,
        "times look like milliseconds, and others like seconds",
    )


@given(st.lists(st.tuples(st.none() | st.integers(1, 9), st.integers(0, 9))))
def test_rows_that_are_asked_before_their_last_event_are_counted(rows):
    early = [r for r, (asked, last) in enumerate(rows) if asked is not None and asked < last]
    request = NestedValues(pa.array([asked for asked, _ in rows], pa.int64()))
    last = np.array([last for _, last in rows], np.int64)
    there = [*request_findings(request, last, "a.parquet", "request_time", 10)]
    assert [(f.row, f.count) for f in there] == ([(10 + early[0], len(early))] if early else [])
