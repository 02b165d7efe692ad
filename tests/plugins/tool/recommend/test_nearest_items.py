"""What comes by way of an index, against a full sort in float64."""

import pytest
import torch
from dot_product import dot_product
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_tool_recommend.nearest_items import all_excluded, top_nearest

V, D, B, K = 6_000, 8, 6, 10


class Index:
    """Finds the best `share` of what is asked for, in any order, then nothing; counts questions."""

    def __init__(self, table, share=1.0):
        self.table, self.share, self.asked = table, share, []

    def nearest(self, queries, k):
        self.asked.append((len(queries), k))
        items = (queries @ self.table.T).topk(k).indices.flip(1)
        items[:, : int(k * (1 - self.share))] = -1
        return items


@pytest.fixture
def answer():
    draw = torch.Generator().manual_seed(0)
    table = torch.randn(V, D, generator=draw)
    return DeferredLogits(torch.randn(B, D, generator=draw), dot_product(table))


def sorted_items(answer, k, excluded):
    scores = answer.hidden.double() @ answer.scorer.item_weights().double().T
    for row, ids in zip(scores, excluded.tolist(), strict=True):
        row[[item for item in ids if item >= 0]] = -torch.inf
    return scores.topk(k)


def check(answer, index, excluded, k=K):
    top = top_nearest(answer, index, k, excluded)
    scores, items = sorted_items(answer, k, excluded)
    assert torch.equal(top.items, items)
    torch.testing.assert_close(top.scores.double(), scores, rtol=1e-5, atol=1e-5)


def test_scores_are_exact_and_in_order(answer):
    index = Index(answer.scorer.item_weights())
    check(answer, index, torch.empty(B, 0, dtype=torch.int64))
    assert index.asked == [(B, 2 * K)]


def test_as_many_more_are_fetched_as_filters_drop(answer):
    index = Index(answer.scorer.item_weights())
    best = (answer.hidden @ index.table.T).topk(25).indices
    excluded = torch.cat([best, best.new_full((B, 3), -1)], 1)
    check(answer, index, excluded)
    assert index.asked == [(B, 45)]


def test_users_with_too_few_ask_again_for_more(answer):
    few = Index(answer.scorer.item_weights(), share=0.2)
    check(answer, few, torch.empty(B, 0, dtype=torch.int64))
    assert few.asked == [(B, 20), (B, 80)]


def test_a_user_to_whom_filters_leave_too_few_is_scored_exactly(answer):
    index = Index(answer.scorer.item_weights())
    excluded = torch.full((B, 1_100), -1)
    excluded[2] = (answer.hidden[2] @ index.table.T).topk(1_100).indices
    check(answer, index, excluded)
    assert index.asked == [(B, 1024 + 20)]


def test_where_nearly_all_items_are_asked_for_no_index_is(answer):
    index = Index(answer.scorer.item_weights(), share=0.0)
    check(answer, index, torch.empty(B, 0, dtype=torch.int64), k=V // 4)
    assert index.asked == []


def test_fewer_items_than_asked_for_leave_places_empty(answer):
    index = Index(answer.scorer.item_weights())
    excluded = torch.arange(V - 4).expand(B, -1)
    top = top_nearest(answer, index, K, excluded)
    assert ((top.items >= 0).sum(1) == 4).all()
    assert (top.scores[:, 4:] == -torch.inf).all()


def test_only_postprocessors_that_drop_items_say_which():
    class Drops:
        def excluded_items(self, batch):
            return batch["seen_ids"]

    class Raises:
        def on_prediction(self, batch, logits):
            return logits + 1

    batch = {"seen_ids": torch.tensor([[1, 2], [3, -1]])}
    assert all_excluded([Drops(), Drops()], batch).tolist() == [[1, 2, 1, 2], [3, -1, 3, -1]]
    assert all_excluded([Drops(), Raises()], batch) is None
    assert all_excluded([], batch).shape == (2, 0)
