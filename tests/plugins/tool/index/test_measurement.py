"""What is measured of an index, against counting by hand."""

import pytest
import torch
from dot_product import dot_product
from large_bundle import item_table
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_nearest.item_index import ItemIndex
from seqrec_tool_index.measurement import Sample, agreement, latency, recall, with_recall

V, D, USERS = 5_000, 16, 32


@pytest.fixture
def table():
    return item_table(V)


@pytest.fixture
def samples(table):
    draw = torch.Generator().manual_seed(3)
    scorer = dot_product(table)
    return [
        Sample(DeferredLogits(hidden, scorer), torch.randint(-1, V, (USERS, 5), generator=draw))
        for hidden in item_table(2 * USERS, D, seed=1).split(USERS)
    ]


def by_hand(index, sample):
    """The share of the ten best that the index names, of those that were not dropped."""
    scores = sample.answer.hidden @ sample.answer.scorer.item_weights().T
    hits = 0
    for row, ids, user in zip(scores, sample.excluded, sample.answer.hidden, strict=True):
        row[ids[ids >= 0]] = -torch.inf
        best = set(row.topk(10).indices.tolist())
        hits += len(best & set(index.nearest(user[None], 25)[0].tolist()))
    return hits / len(scores) / 10


def test_recall_is_the_share_of_the_best_that_come_back(table, samples):
    index = ItemIndex.build(table, "ivf").efforts()[3]
    expected = sum(by_hand(index, sample) for sample in samples) / 2
    assert 0.2 < expected < 0.95
    assert recall(index, samples) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("target", [0.3, 0.95, 1.0])
def test_effort_is_the_least_that_reaches_the_target(table, samples, target):
    index = ItemIndex.build(table, "ivf")
    chosen = with_recall(index, samples, target)
    below = [each for each in index.efforts() if each.effort < chosen.effort]
    assert recall(chosen, samples) >= target
    assert all(recall(each, samples) < target for each in below)


def test_items_that_tie_are_as_good():
    table = item_table(40).repeat(100, 1)
    sample = Sample(DeferredLogits(item_table(4, seed=1), dot_product(table)), torch.empty(4, 0))
    assert recall(ItemIndex.build(table, "flat"), [sample]) == 1


def test_agreement_is_of_scores_in_8_bits(table, samples):
    exact = agreement(ItemIndex.build(table, "flat"), samples)
    assert exact.recall == 1
    assert exact.largest_difference < 1e-4
    index = ItemIndex.build(table, "int8")
    own = agreement(index, samples)
    hidden = torch.cat([sample.answer.hidden for sample in samples])
    items, scores = index.search(hidden, 10)
    products = (hidden.unsqueeze(1) * table[items]).sum(-1)
    assert own.largest_difference == pytest.approx(float((products - scores).abs().max()), abs=1e-4)
    best = (hidden @ table.T).topk(10).indices.tolist()
    shared = [len(set(a) & set(b)) for a, b in zip(items.tolist(), best, strict=True)]
    assert own.recall == pytest.approx(sum(shared) / 10 / len(hidden), abs=1e-3)
    assert own.recall > 0.9


def test_latency_counts_no_first_call(monkeypatch):
    calls = []
    assert latency(lambda: calls.append(len(calls))) < 100
    assert len(calls) == 16
