"""Sets of each user's items, against Python's sets."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_callback_metrics.target_sets import NO_TARGET, contains, distinct_targets

CATALOGUE = 6
rows = st.integers(1, 7).flatmap(
    lambda width: st.lists(st.lists(st.integers(-2, 8), min_size=width, max_size=width), min_size=1)
)


@settings(deadline=None)
@given(rows)
def test_targets_are_the_distinct_items_of_the_catalogue(ids):
    targets = distinct_targets(torch.tensor(ids), CATALOGUE)
    for row, expected in zip(targets.tolist(), ids, strict=True):
        items = [item for item in row if item != NO_TARGET]
        assert items == sorted(set(expected) & set(range(CATALOGUE)))


@settings(deadline=None)
@given(rows, st.integers(0, 8))
def test_an_item_is_looked_for_in_its_own_row(ids, item):
    there = contains(torch.tensor(ids), torch.full((len(ids), 1), item))
    assert there.flatten().tolist() == [item in row for row in ids]
