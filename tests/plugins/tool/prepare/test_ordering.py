"""Events are in the order of time; ties keep the order of the file and are counted."""

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.ordering import Order, put_in_order
from seqrec_tool_prepare.timestamps import clocks

from seqrec_core.errors import DataError

logs = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=30
)


@pytest.fixture
def in_order(opened, unsorted_buckets):
    """The events of a log in order, and what was odd."""

    def order(folder, events, **options):
        buckets = unsorted_buckets(folder, events)
        [clock, *_] = clocks(pl.Int64(), 0, None)
        buckets, odd = put_in_order(buckets, opened(folder, events), clock, **options)
        return pl.concat(buckets.read()).rows(), odd

    return order


@given(events=logs)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_events_are_those_of_a_stable_sort_and_odd_ones_are_counted(in_order, events):
    with TemporaryDirectory() as folder:
        rows, odd = in_order(Path(folder), events)
    assert rows == sorted(events, key=lambda event: (event[0], event[2]))
    moved = [
        row
        for row, (user, _, time) in enumerate(events)
        if any(u == user and t > time for u, _, t in events[:row])
    ]
    assert odd.moved == len(moved)
    assert odd.first_moved == min(moved, default=None)


def test_repeats_are_dropped_when_asked_for(tmp_path, in_order):
    events = [(2, 5, 1), (2, 6, 1), (2, 6, 1), (2, 6, 2)]
    rows, odd = in_order(tmp_path, events, drop_repeated=True)
    assert rows == [(2, 5, 1), (2, 6, 1), (2, 6, 2)]
    assert odd == Order(dropped=1)


def test_an_unsorted_file_that_was_to_be_trusted(tmp_path, in_order):
    events = [(1, 1, 1), (2, 1, 9), (1, 2, 5), (2, 2, 9), (1, 3, 4)]
    with pytest.raises(DataError, match=r"column 'timestamp', line 6: '4' is before.*--order file"):
        in_order(tmp_path, events, trust_file=True)


def test_buckets_are_counted_as_they_are_done(tmp_path, in_order):
    steps = []
    in_order(tmp_path, [(1, 1, 1), (2, 1, 1)], progress=lambda *step: steps.append(step))
    assert steps == [(1, 2), (2, 2)]


def test_events_of_later_files_do_not_move_those_of_other_users(tmp_path):
    """Row numbers of a second file are large: larger than those of users behind in the first."""
    for name, user in (("a", 2), ("b", 1)):
        (tmp_path / f"{name}.csv").write_text(f"user,item,timestamp\n{user},5,1\n{user},6,2\n")
    report = prepare([tmp_path / "a.csv", tmp_path / "b.csv"], tmp_path / "data")
    assert report["order"]["moved"] == 0
