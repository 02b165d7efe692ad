"""Ranking against a plain sort in Python."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_library_kernels import ranking
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.ranking import (
    item_columns,
    recommend,
    tied_ranks,
    top_items,
    top_scored,
    with_candidates,
)
from seqrec_library_kernels.scorer import ItemScorer


def best_by_sorting(row, ids, k, excluded):
    """Pairs (score, item) of the k best, by definition."""
    pairs = [
        (score, item)
        for score, item in zip(row, ids, strict=True)
        if item not in excluded and not math.isnan(score) and score > -math.inf
    ]
    return sorted(pairs, reverse=True)[:k]


def assert_equal_to_sorting(top, logits, ids, k, excluded):
    for user in range(len(logits)):
        expected = best_by_sorting(logits[user].tolist(), ids, k, set(excluded[user].tolist()))
        pairs = list(zip(top.scores[user].tolist(), top.items[user].tolist(), strict=True))
        missing = [(-math.inf, -1)] * (k - len(expected))
        assert pairs == expected + missing


@settings(deadline=None, max_examples=60)
@given(
    users=st.integers(1, 5),
    items=st.sampled_from([1, 3, 63, 64, 65, 1000]),
    k=st.integers(1, 12),
    few_rows=st.booleans(),
    has_candidates=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_top_items_are_those_of_a_full_sort(users, items, k, few_rows, has_candidates, seed):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.rand(users, items, generator=generator).double()
    logits[torch.rand(users, items, generator=generator) < 0.1] = math.nan
    logits[torch.rand(users, items, generator=generator) < 0.1] = -math.inf
    logits = (logits + torch.arange(items) * 1e-7).float()  # no ties
    candidates = torch.randperm(2 * items, generator=generator)[:items]
    ids = candidates.tolist() if has_candidates else list(range(items))
    excluded = torch.randint(-1, 2 * items + 1, (users, 7), generator=generator)
    before = logits.clone()
    with pytest.MonkeyPatch.context() as patch:
        if few_rows:
            patch.setattr(ranking, "_CPU_CHUNK_BYTES", 2 * 4 * (items + 64))
        top = top_items(
            logits, k, excluded=excluded, candidates=candidates if has_candidates else None
        )
    assert_equal_to_sorting(top, logits, ids, k, excluded)
    assert torch.equal(logits.nan_to_num(7.0), before.nan_to_num(7.0))


@settings(deadline=None, max_examples=40)
@given(
    users=st.integers(1, 5),
    items=st.sampled_from([1, 3, 63, 64, 65, 1000, 5000]),
    k=st.integers(1, 12),
    few_columns=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_scoring_a_part_at_a_time_finds_what_sorting_all_logits_finds(
    users, items, k, few_columns, seed
):
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.ones(users, 2)
    hidden[0] = math.nan if seed % 3 == 0 else 1.0
    weight = torch.stack([torch.randperm(items, generator=generator), torch.zeros(items)], 1)
    weight = weight.float()
    weight[torch.rand(items, generator=generator) < 0.1] = math.nan
    excluded = torch.randint(-1, items + 1, (users, 7), generator=generator)
    with pytest.MonkeyPatch.context() as patch:
        if few_columns:
            patch.setattr(ranking, "_CPU_CHUNK_BYTES", 1)
            patch.setattr(ranking, "_FEWEST_BLOCKS", 2)
        top = top_scored(hidden, weight, k, excluded=excluded)
    assert_equal_to_sorting(top, hidden @ weight.T, list(range(items)), k, excluded)


def test_deferred_logits_are_ranked_unread_unless_a_postprocessor_needs_them():
    hidden, weight = torch.eye(3), torch.tensor([[0.0, 1, 2], [2, 0, 1], [1, 2, 0], [3, 3, 3]])
    read = []

    class Head:
        def is_dot_product(self):
            return True

        def __call__(self, hidden, weight):
            read.append(True)
            return hidden @ weight.T

    def outputs():
        return DeferredLogits(hidden, ItemScorer(Head(), lambda ids: weight))

    top = recommend(outputs(), {}, 2, stage="on_prediction")
    assert top.items.tolist() == [[3, 1], [3, 2], [3, 0]]
    assert not read
    top = recommend(outputs(), {}, 1, stage="on_prediction", postprocessors=[Reverse()])
    assert top.items.tolist() == [[0], [1], [2]]
    assert read == [True]
    assert torch.equal(dict(outputs())["logits"], hidden @ weight.T)


def test_blocks_find_the_same_as_a_sort_in_a_large_catalogue():
    logits = torch.randperm(3 * 20_011, generator=torch.Generator().manual_seed(0)).view(3, -1)
    excluded = logits.topk(5, dim=1).indices
    top = top_items(logits.float(), 7, excluded=excluded)
    assert_equal_to_sorting(top, logits.float(), range(20_011), 7, excluded)


def test_infinite_logits_are_best_and_nan_is_never_recommended():
    logits = torch.tensor([[0.0, math.nan, math.inf, -math.inf]])
    top = top_items(logits, 4)
    assert top.items.tolist() == [[2, 0, -1, -1]]
    assert top.scores.tolist() == [[math.inf, 0.0, -math.inf, -math.inf]]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_any_float_type_is_ranked_and_scores_are_float32(dtype):
    logits = torch.arange(6_000, dtype=torch.float32).sin().to(dtype).unsqueeze(0)
    top = top_items(logits, 3, excluded=torch.tensor([[5_999]]))
    assert top.scores.dtype == torch.float32
    assert top.scores.tolist() == logits.float().topk(3, dim=1).values.tolist()


def test_no_users_give_no_rows():
    top = top_items(torch.empty(0, 10), 3, excluded=torch.empty(0, 2, dtype=torch.long))
    assert top.items.shape == top.scores.shape == (0, 3)


def test_logits_that_require_gradients_are_ranked():
    logits = torch.zeros(1, 3, requires_grad=True)
    assert not top_items(logits, 2).scores.requires_grad


def test_rank_counts_every_score_at_least_as_high():
    scores = torch.tensor([[5.0, 4.0, 4.0, 1.0], [2.0, 2.0, 2.0, 2.0]])
    assert tied_ranks(scores).tolist() == [[1, 3, 3, 4], [4, 4, 4, 4]]


def test_columns_follow_the_candidates():
    ids = torch.tensor([[7, 3, -1, 4]])
    assert item_columns(ids, 5).tolist() == [[5, 3, 5, 4]]
    assert item_columns(ids, 3, torch.tensor([4, 9, 7])).tolist() == [[2, 3, 3, 0]]


class DropFirst:
    """A filter that counts how often it was asked for whole logits."""

    whole_logits = 0

    def excluded_items(self, batch):
        return batch["first"]

    def on_prediction(self, batch, logits):
        self.whole_logits += 1
        return logits.scatter(1, batch["first"], -math.inf)


class Reverse:
    """A postprocessor that is no filter."""

    def on_prediction(self, batch, logits):
        return -logits


def test_filters_at_the_end_work_inside_the_selection_and_others_run_in_order():
    batch = {"first": torch.tensor([[0]])}
    logits = torch.tensor([[1.0, 2.0, 3.0]])
    last, before = DropFirst(), DropFirst()
    top = recommend(
        {"logits": logits}, batch, 2, stage="on_prediction", postprocessors=[Reverse(), last]
    )
    assert top.items.tolist() == [[1, 2]]
    assert last.whole_logits == 0
    top = recommend(
        {"logits": logits}, batch, 1, stage="on_prediction", postprocessors=[before, Reverse()]
    )
    assert top.items.tolist() == [[0]]  # -(-inf): the order is the caller's
    assert before.whole_logits == 1


def test_candidates_of_the_batch_beat_the_argument_and_the_batch_stays_as_it_was():
    batch = {"candidates_to_score": torch.tensor([8, 9])}
    top = recommend(
        {"logits": torch.tensor([[1.0, 2.0]])},
        batch,
        1,
        stage="on_prediction",
        candidates=torch.tensor([5, 6]),
    )
    assert top.items.tolist() == [[9]]
    batch = {}
    recommend(
        {"logits": torch.ones(1, 2)},
        batch,
        1,
        stage="on_prediction",
        candidates=torch.tensor([5, 6]),
    )
    assert batch == {}


@pytest.mark.parametrize("own", [{}, {"candidates_to_score": None}])
def test_a_batch_that_names_no_candidates_gets_those_of_the_argument(own):
    batch = {"query_id": 1, **own}
    assert with_candidates(batch, None) is batch
    assert with_candidates(batch, torch.tensor([7]))["candidates_to_score"].tolist() == [7]
    logits = {"logits": torch.tensor([[0.1, 0.2]])}
    top = recommend(logits, batch, 1, stage="on_prediction", candidates=torch.tensor([7, 3]))
    assert top.items.tolist() == [[3]]
    assert batch == {"query_id": 1, **own}


def test_logits_of_all_positions_are_refused():
    with pytest.raises(ValueError, match=r"\(users, items\).*\(1, 2, 3\)"):
        recommend({"logits": torch.zeros(1, 2, 3)}, {}, 1, stage="on_prediction")


@settings(deadline=None, max_examples=60)
@given(
    users=st.integers(1, 5),
    columns=st.sampled_from([0, 1, 3, 63, 64, 65, 700]),
    k=st.integers(1, 12),
    few_rows=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_candidates_of_each_user_are_those_of_a_full_sort(users, columns, k, few_rows, seed):
    generator = torch.Generator().manual_seed(seed)
    orders = [torch.randperm(2 * columns, generator=generator)[:columns] for _ in range(users)]
    candidates = torch.stack(orders)
    candidates[torch.rand(users, columns, generator=generator) < 0.2] = -1  # as many as it takes
    logits = (
        torch.randperm(users * columns, generator=generator).float().view(users, columns)
    )  # no ties
    excluded = torch.randint(-1, 2 * columns + 1, (users, 7), generator=generator)
    with pytest.MonkeyPatch.context() as patch:
        if few_rows:
            patch.setattr(ranking, "_CPU_CHUNK_BYTES", 2 * 4 * (columns + 64))
        top = top_items(logits, k, excluded=excluded, candidates=candidates)
    for user in range(users):
        named = [
            (x, i)
            for x, i in zip(logits[user].tolist(), candidates[user].tolist(), strict=True)
            if i >= 0
        ]
        gone = set(excluded[user].tolist())
        expected = sorted((pair for pair in named if pair[1] not in gone), reverse=True)[:k]
        pairs = list(zip(top.scores[user].tolist(), top.items[user].tolist(), strict=True))
        assert pairs == expected + [(-math.inf, -1)] * (k - len(expected))


def test_columns_follow_the_candidates_of_each_user():
    candidates = torch.tensor([[4, 9, 7], [-1, 7, -1]])
    ids = torch.tensor([[7, -1, 4], [7, -1, 4]])
    assert item_columns(ids, 3, candidates).tolist() == [[2, 3, 0], [1, 3, 3]]
    assert item_columns(ids, 0, candidates[:, :0]).tolist() == [[0] * 3] * 2


@pytest.mark.parametrize("shape", [(2, 4), (1, 3), (4,), (2, 3, 1)])
def test_candidates_that_are_not_those_of_the_logits_are_refused(shape):
    with pytest.raises(ValueError, match=r"shape \(2, 3\) for candidates of shape"):
        top_items(torch.zeros(2, 3), 1, candidates=torch.zeros(shape).long())
