"""Gaps are exact, whatever the times, and no user's first event has one."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare.held_events import HeldEvents

users = st.lists(st.lists(st.integers(-(2**62), 2**62), min_size=1).map(sorted), min_size=1)


@settings(deadline=None)
@given(users)
def test_gaps_are_those_to_the_event_before_of_the_user(users):
    times = np.array([time for user in users for time in user], np.int64)
    lengths = np.array([len(user) for user in users])
    empty = pl.DataFrame()
    events = HeldEvents(np.arange(len(users)), lengths, times, times, times, empty)
    expected = [
        later - earlier
        for user in users
        for earlier, later in zip([user[0], *user], user, strict=False)
    ]
    assert events.gaps().tolist() == expected
