"""Counts over the buckets are those of a loop over the users."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare.histories import Histories
from seqrec_tool_prepare.split_tally import Tally

# A user: items and times of events, oldest first, and where they are cut.
events = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=6)
cuts = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(sorted)
buckets = st.lists(
    st.lists(st.tuples(events, cuts), min_size=1, max_size=4), min_size=1, max_size=3
)


def add(tally, bucket):
    """Count a bucket of users, and return them as they were cut."""
    users = [
        (sorted(events, key=lambda event: event[1]), *(min(cut, len(events)) for cut in cuts))
        for events, cuts in bucket
    ]
    flat = np.array([event for events, _, _ in users for event in events])
    lengths, a, b = (
        np.array(column)
        for column in zip(*((len(events), a, b) for events, a, b in users), strict=True)
    )
    histories = Histories(np.arange(len(users)), lengths, flat[:, 0], None, {})
    tally.add(lengths, flat[:, 0], flat[:, 1], a, b, histories.split(a, b))
    return users


@given(buckets)
@settings(deadline=None, max_examples=50)
def test_counts_are_those_of_a_loop(buckets):
    tally = Tally(6)
    users = [user for bucket in buckets for user in add(tally, bucket)]
    train = [[item for item, _ in events[:a]] for events, a, _ in users if a]
    assert tally.train_counts.tolist() == [sum(h.count(item) for h in train) for item in range(6)]
    lengths = Counter(map(len, train))
    assert tally.train_lengths[: max(lengths, default=0) + 1].tolist() == [
        lengths[n] for n in range(max(lengths, default=0) + 1)
    ]
    assert tally.short_users == sum(len(events) < 3 for events, _, _ in users)
    assert tally.tied_cuts == sum(
        any(0 < cut < len(events) and events[cut - 1][1] == events[cut][1] for cut in cuts)
        for events, *cuts in users
    )
    moments = Counter((n, time) for n, (events, _, _) in enumerate(users) for _, time in events)
    assert tally.tied == sum(count for count in moments.values() if count > 1)
    whole = [(n, *event) for n, (events, _, _) in enumerate(users) for event in events]
    assert tally.repeated == len(whole) - len(set(whole))
    splits = tally.splits()
    assert splits["train"] == {"users": len(train), "events": sum(map(len, train))}
    assert splits["predict"] == {"users": len(users)}
    warm = {item for history in train for item in history}
    parts = {
        "validate": [(events[:a], events[a:b]) for events, a, b in users],
        "test": [(events[:b], events[b:]) for events, _, b in users],
    }
    for name, pairs in parts.items():
        truth = [item for past, future in pairs if past for item, _ in future]
        cold = [item for item in truth if item not in warm]
        assert splits[name] == {
            "users": sum(bool(past and future) for past, future in pairs),
            "events": len(truth),
            "cold_items": len(set(cold)),
            "cold_events": len(cold),
            "without_history": sum(bool(future and not past) for past, future in pairs),
            "seen_events": sum(
                item in {seen for seen, _ in past} for past, future in pairs for item, _ in future
            ),
        }


def test_a_bucket_of_which_nothing_is_kept_counts_nothing():
    tally, none = Tally(2), np.array([], np.int64)
    histories = Histories(none, none, none, None, {})
    tally.add(none, none, none, none, none, histories.split(none, none))
    assert (tally.tied, tally.repeated, tally.splits()["test"]["seen_events"]) == (0, 0, 0)
