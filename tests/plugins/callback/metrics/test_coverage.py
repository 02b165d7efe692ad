"""Coverage against sets of items."""

import math

import pytest
import torch
from fake_processes import totals_of_processes
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_callback_metrics.coverage import CoverageTally

ITEMS, DEPTH, KS = 9, 4, (1, 2, 4)
CPU = torch.device("cpu")

ids = st.integers(-1, ITEMS - 1)  # -1: a place without an item
users = st.lists(st.tuples(st.tuples(*[ids] * DEPTH), st.tuples(ids, ids)), min_size=1, max_size=5)


def tally_of(*batches):
    tally = CoverageTally(ITEMS, DEPTH, CPU)
    for batch in batches:
        items, train = zip(*batch, strict=True)
        tally.add(torch.tensor(items), torch.tensor(train))
    return tally


def by_sets(*batches):
    everybody = [user for batch in batches for user in batch]
    trained = {item for _, train in everybody for item in train} - {-1}
    tops = [{item for items, _ in everybody for item in items[:k]} for k in KS]
    return [len(trained & top) / len(trained) if trained else math.nan for top in tops]


@settings(deadline=None)
@given(users, users)
def test_it_is_the_share_of_train_items_that_anybody_was_recommended(first, second):
    assert tally_of(first, second).compute(KS) == pytest.approx(by_sets(first, second), nan_ok=True)


@settings(deadline=None)
@given(users, users)
def test_processes_make_the_union(first, second):
    one, other = tally_of(first), tally_of(second)
    totals_of_processes(lambda total: one.merge(total, KS), lambda total: other.merge(total, KS))
    expected = pytest.approx(by_sets(first, second), nan_ok=True)
    assert one.compute(KS) == expected
    assert other.compute(KS) == expected
