"""Arithmetic of shares, batches and windows, as properties."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_datamodule_parquet.shares import assign, batch_sizes, cut, share_of, windows

groups = st.lists(st.integers(1, 300), min_size=1, max_size=30)
replicas = st.integers(1, 9)
sizes = st.integers(1, 64)


@given(groups, replicas)
def test_every_row_group_goes_to_one_replica(rows, num_replicas):
    shares = assign(rows, num_replicas)
    assert sorted(group for share in shares for group in share) == list(range(len(rows)))
    assert all(share == sorted(share) for share in shares)


@given(groups, replicas)
def test_shares_differ_by_no_more_than_the_largest_group(rows, num_replicas):
    loads = [sum(rows[group] for group in share) for share in assign(rows, num_replicas)]
    assert max(loads) - min(loads) <= max(rows)


@settings(deadline=None)
@given(st.one_of(groups, st.lists(st.integers(1, 1000), min_size=1, max_size=9)), replicas, sizes)
def test_replicas_step_together_as_few_times_as_they_can_and_lose_no_row(rows, replicas, size):
    shares = [share_of(rows, replica, replicas, size) for replica in range(replicas)]
    read = [
        (part.group, part.first + i) for s in shares for part in s.parts for i in range(part.rows)
    ]
    assert sorted(read) == [(group, i) for group, count in enumerate(rows) for i in range(count)]
    steps = math.ceil(math.ceil(sum(rows) / replicas) / size)
    for share in shares:
        load = sum(part.rows for part in share.parts)
        assert share.parts == sorted(share.parts)
        assert sum(share.sizes) == load
        assert all(1 <= batch <= size for batch in share.sizes)
        assert share.steps == steps
        assert len(share.sizes) == steps or load < steps
        assert len(share.sizes) == steps or load <= sum(rows) // replicas < steps


def test_row_groups_are_cut_only_where_they_are_too_few():
    whole = [(0, 0, 60), (2, 0, 60)]
    assert [*map(tuple, share_of([60] * 4, 0, 2, 8).parts)] == whole
    one = [share_of([100], replica, 3, 8).parts for replica in range(3)]
    assert [[tuple(part) for part in parts] for parts in one] == [
        [(0, 0, 34)],
        [(0, 34, 33)],
        [(0, 67, 33)],
    ]


def test_batches_are_full_up_to_the_last_one_unless_others_need_more_steps():
    assert batch_sizes(10, 3, 4) == [4, 4, 2]
    assert batch_sizes(8, 2, 4) == [4, 4]
    assert batch_sizes(8, 3, 4) == [3, 3, 2]
    assert batch_sizes(2, 3, 4) == [2]
    assert batch_sizes(0, 3, 4) == []


@given(st.lists(st.integers(1, 64), max_size=40), st.integers(1, 200))
def test_windows_hold_all_batches_in_order_and_no_more_rows_than_allowed(sizes, max_rows):
    cut_windows = list(windows(sizes, max_rows))
    assert [size for window in cut_windows for size in window.sizes] == sizes
    first = 0
    for window in cut_windows:
        assert window.first_batch == first
        assert window.rows <= max_rows or len(window.sizes) == 1
        first += len(window.sizes)


@given(st.integers(0, 5), st.booleans(), st.booleans())
def test_a_window_is_cut_into_batches_that_hold_every_row_once(seed, shuffled, grouped):
    rng = np.random.default_rng(seed)
    (window,) = windows([7] * 120 + [3], 1000)
    lengths = rng.integers(0, 30, window.rows) if grouped else None
    batches = cut(window, rng if shuffled else None, lengths)
    assert sorted(len(batch) for batch in batches) == [3] + [7] * 120
    assert sorted(np.concatenate(batches)) == list(range(843))
    if not shuffled and not grouped:
        assert np.concatenate(batches).tolist() == list(range(843))


def test_grouped_batches_hold_similar_lengths_and_come_in_random_order():
    rng = np.random.default_rng(0)
    (window,) = windows([8] * 100, 800)
    lengths = rng.integers(1, 100, 800)
    batches = cut(window, rng, lengths)
    spread = [np.ptp(lengths[batch]) for batch in batches]
    assert np.mean(spread) < 5
    means = np.array([lengths[batch].mean() for batch in batches])
    assert abs(np.corrcoef(means, np.arange(100))[0, 1]) < 0.3
