import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_library_data_checks.expectation import Expectation
from seqrec_library_data_checks.nested_values import NestedValues
from seqrec_library_data_checks.target_checks import Targets

ITEM = Expectation(name="item_id", depth=1, is_id=True, cardinality=6, padding=6)
lists = st.lists(st.integers(-1, 9), max_size=4, unique=True)


@settings(deadline=None)
@given(st.lists(st.tuples(lists, lists), min_size=1), st.integers(1, 3))
def test_targets_are_counted_as_by_a_loop_over_rows(rows, size):
    targets = Targets("a.parquet", ITEM, True)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        columns = {
            name: NestedValues(pa.array([row[k] for row in part], pa.list_(pa.int64())))
            for k, name in enumerate(("ground_truth", "seen_ids"))
        }
        targets.add(columns, start)
    real = [(r, t) for r, (truth, _) in enumerate(rows) for t in truth if t >= 0]
    unknown = [(r, t) for r, t in real if t > 5]
    seen = [(r, t) for r, t in real if t in rows[r][1] and t <= 5]
    assert (targets.number, targets.unknown, targets.seen) == (len(real), len(unknown), len(seen))
    assert targets.first_unknown == (unknown[0] if unknown else None)
    assert targets.first_seen == (seen[0] if seen else None)


def test_it_is_an_error_where_the_filter_leaves_nothing():
    columns = {name: NestedValues(pa.array([[1], [2]])) for name in ("ground_truth", "seen_ids")}
    for is_filtered, severity in ((True, "error"), (False, "notice")):
        targets = Targets("a.parquet", ITEM, is_filtered)
        targets.add(columns, 0)
        (finding,) = targets.findings()
        assert finding.severity == severity
        assert "so 2 of 2 targets" in finding.message
