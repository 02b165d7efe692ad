"""The core is the one that dropping rare users and items again and again leaves."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare.kcore import core_times, k_core, nonempty_core
from seqrec_tool_prepare.survey import survey_events

from seqrec_core.errors import DataError

Event = tuple[int, int, int]
logs = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 8), st.integers(0, 9)), max_size=60)


def plain_core(events: list[Event], min_user: int, min_item: int) -> list[Event]:
    while True:
        users, items = Counter(e[0] for e in events), Counter(e[1] for e in events)
        rest = [e for e in events if users[e[0]] >= min_user and items[e[1]] >= min_item]
        if rest == events:
            return rest
        events = rest


@given(events=logs, minima=st.tuples(st.integers(1, 3), st.integers(1, 3)))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_core_is_that_of_a_plain_loop(sorted_buckets, events, minima):
    events = sorted(events)
    rest = plain_core(events, *minima)
    with TemporaryDirectory() as folder:
        buckets = sorted_buckets(Path(folder), events)
        core = k_core(buckets, 7, 9, *minima)
        assert core.events == len(rest)
        users, items, _ = np.array(events, int).reshape(-1, 3).T
        held = core.holds(users, items)
        assert [event for event, is_held in zip(events, held, strict=True) if is_held] == rest
        assert set(np.flatnonzero(core.users)) >= {user for user, _, _ in rest}
        if rest:
            times = core_times(buckets, core)
            ranked = [times.at(rank) for rank in range(times.count)]
            assert ranked == sorted(time for *_, time in rest)


def test_rounds_are_counted_until_nothing_is_dropped(tmp_path, sorted_buckets):
    events = [(0, 0, 0), (0, 1, 1), (1, 1, 0), (1, 2, 1), (2, 2, 0)]  # a chain, gone end by end
    buckets = sorted_buckets(tmp_path, events)
    assert k_core(buckets, 3, 3, 1, 1).rounds == 0
    core = k_core(buckets, 3, 3, 2, 2)
    assert (core.events, core.rounds) == (0, 3)


def test_minima_that_leave_nothing(tmp_path, opened, sorted_buckets):
    source = opened(tmp_path, [(0, 0, 1), (0, 1, 2)])
    buckets = sorted_buckets(tmp_path, [(0, 0, 1), (0, 1, 2)])
    survey = survey_events(source)
    assert nonempty_core(source, survey, buckets, 2, 1).events == 2
    with pytest.raises(DataError, match=r"log\.csv: no user of 3 or more.*lower --min-user-count"):
        nonempty_core(source, survey, buckets, 3, 1)
