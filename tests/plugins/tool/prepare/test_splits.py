"""Histories are cut where a loop over their events would cut them."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare.splits import cut, cut_at, leave_one_out, moments
from seqrec_tool_prepare.time_ranks import TimeRanks
from seqrec_tool_prepare.timestamps import clocks

from seqrec_core.errors import DataError

histories = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=8).map(sorted), min_size=1)


@pytest.fixture
def clock():
    return clocks(pl.Int64(), 1, None)[0]


def flat(users: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Lengths (U,) and times (E,) of histories."""
    return np.array([len(times) for times in users]), np.concatenate(users)


def test_one_is_left_out_of_each_history_long_enough():
    a, b = leave_one_out(np.array([1, 2, 3, 7]))
    assert a.tolist() == [1, 2, 1, 5]
    assert b.tolist() == [1, 2, 2, 6]


@settings(deadline=None)
@given(histories, st.integers(0, 10), st.integers(0, 10))
def test_events_before_a_moment_are_counted(users, first, second):
    a, b = cut_at(*flat(users), first, second)
    assert a.tolist() == [sum(time < first for time in times) for times in users]
    assert b.tolist() == [sum(time < second for time in times) for times in users]


def test_moments_decide_where_there_are_some():
    lengths, times = flat([[1, 2, 3, 4]])
    assert [cuts.tolist() for cuts in cut(lengths, times, [2, 3])] == [[1], [2]]
    assert [cuts.tolist() for cuts in cut(lengths, times, None)] == [[2], [3]]
    assert [cuts.tolist() for cuts in cut(lengths, None, None)] == [[2], [3]]


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.floats(0.01, 0.99))
def test_a_quantile_is_the_time_of_an_event(times, share):
    times = np.array([-1, *times])
    clock = clocks(pl.Int64(), 1, None)[0]
    begin = sorted(times)[int(share * len(times))]
    if begin == -1:
        with pytest.raises(DataError, match="nothing is left to train on"):
            moments(TimeRanks.of(times), clock, share, 99)
    else:
        assert moments(TimeRanks.of(times), clock, str(share), 99) == [begin, 99]


@pytest.mark.parametrize(
    ("begins", "message"),
    [
        ((0.9, 0.8), "validation must begin before test"),
        ((0.5, 0.5), "move them apart"),
        (("2020-01-01", 0.9), "a quantile between 0 and 1, or a number"),
        ((0.5, "inf"), "'inf' is no moment"),
        ((0.5, "nan"), "'nan' is no moment"),
        (("1", "0.9"), "no event is before '1', .*nothing is left to train on"),
    ],
)
def test_moments_that_are_none_or_do_not_ascend(clock, begins, message):
    with pytest.raises(DataError, match=message):
        moments(TimeRanks.of(np.array([1, 2, 3])), clock, *begins)


def test_moments_of_dates_are_dates():
    [clock] = clocks(pl.Date(), None, None)
    with pytest.raises(DataError, match="a quantile between 0 and 1, or an ISO date"):
        moments(TimeRanks.of(np.array([0, 1])), clock, "17", 0.9)
