"""The filter of seen items."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_library_kernels.ranking import recommend
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter

from seqrec_core.contracts import ExcludesItems

LOGITS = [[0.1, 0.2, 0.3], [-0.1, -0.2, -0.3]]


@pytest.mark.parametrize("stage", ["on_prediction", "on_validation"])
def test_the_printed_example(stage):
    logits = torch.tensor(LOGITS)
    batch = {"seen_ids": torch.tensor([[1, 0, 3], [1, 2, 1]])}
    result = getattr(SeenItemsFilter(item_count=3), stage)(batch, logits)
    inf = math.inf
    assert torch.equal(result, torch.tensor([[-inf, -inf, 0.3], [-0.1, -inf, -inf]]))
    assert torch.equal(logits, torch.tensor(LOGITS))


def test_ids_outside_the_catalogue_are_padding():
    logits = torch.tensor(LOGITS)
    batch = {"seen_ids": torch.tensor([[-1, 3], [-100, 99]])}
    assert torch.equal(SeenItemsFilter(3).on_prediction(batch, logits), logits)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_the_type_of_the_logits_is_kept(dtype):
    logits = torch.tensor(LOGITS, dtype=dtype)
    result = SeenItemsFilter(3).on_prediction({"seen_ids": torch.tensor([[0], [1]])}, logits)
    assert result.dtype == dtype
    assert result.isneginf().tolist() == [[True, False, False], [False, True, False]]


def test_columns_follow_the_candidates_of_the_batch():
    batch = {
        "seen_ids": torch.tensor([[7, 2], [5, 9]]),
        "candidates_to_score": torch.tensor([5, 2, 8]),
    }
    result = SeenItemsFilter(item_count=10).on_prediction(batch, torch.zeros(2, 3))
    assert result.isneginf().tolist() == [[False, True, False], [True, False, False]]


STAGES = ["on_prediction", "on_validation"]


@pytest.mark.parametrize("stage", STAGES)
def test_columns_follow_the_candidates_of_the_filter(stage):
    seen = SeenItemsFilter(5)
    seen.candidates = torch.tensor([4, 0, 1])
    result = getattr(seen, stage)({"seen_ids": torch.tensor([[4, 1]])}, torch.zeros(1, 3))
    assert result.tolist() == [[-math.inf, 0, -math.inf]]
    seen.candidates = None
    result = getattr(seen, stage)({"seen_ids": torch.tensor([[4, 1]])}, torch.zeros(1, 5))
    assert result.tolist() == [[0, -math.inf, 0, 0, -math.inf]]


@pytest.mark.parametrize("stage", STAGES)
@settings(deadline=None)
@given(st.data())
def test_a_column_is_dropped_where_its_item_is_seen(stage, data):
    count = data.draw(st.integers(1, 12))
    subsets = st.permutations(range(count)).flatmap(
        lambda order: st.integers(0, count).map(lambda size: order[:size])
    )
    users = data.draw(
        st.lists(st.lists(st.integers(-2, count + 2), min_size=4, max_size=4), min_size=1)
    )
    own, in_batch = data.draw(st.none() | subsets), data.draw(st.none() | subsets)
    seen, batch = SeenItemsFilter(count), {"seen_ids": torch.tensor(users)}
    seen.candidates = None if own is None else torch.tensor(own, dtype=torch.long)
    if in_batch is not None:
        batch["candidates_to_score"] = torch.tensor(in_batch, dtype=torch.long)
    elif data.draw(st.booleans()):
        batch["candidates_to_score"] = None
    items = next((named for named in (in_batch, own) if named is not None), range(count))
    result = getattr(seen, stage)(batch, torch.zeros(len(users), len(items)))
    assert result.isneginf().tolist() == [[item in user for item in items] for user in users]


@pytest.mark.parametrize("columns", [2, 4])
def test_logits_of_another_width_than_their_items_are_refused(columns):
    batch = {"seen_ids": torch.tensor([[1]])}
    seen = SeenItemsFilter(3)
    with pytest.raises(ValueError, match=rf"{columns} columns, item_count is 3; .*_to_score"):
        seen.on_prediction(batch, torch.zeros(1, columns))
    seen.candidates = torch.tensor([2, 0, 1])
    with pytest.raises(ValueError, match=rf"{columns} columns for 3 candidates; name the item"):
        seen.on_prediction(batch, torch.zeros(1, columns))
    named = {**batch, "candidates_to_score": torch.tensor([2])}
    with pytest.raises(ValueError, match=rf"{columns} columns for 1 candidates"):
        seen.on_prediction(named, torch.zeros(1, columns))


@pytest.mark.parametrize(
    ("candidates", "words"),
    [
        (torch.tensor([1, 2, 1]), "repeat 1 of 3 ids"),
        (torch.tensor([[1, 2]]), r"a tensor of item ids \(C,\)"),
        (torch.tensor(1), r"a tensor of item ids \(C,\)"),
        ([1, 2], r"are \[1, 2\]; give a tensor"),
        (torch.tensor([1.0]), "whole numbers from 0 on"),
        (torch.tensor([True]), "whole numbers from 0 on"),
        (torch.tensor([-1, 2]), "whole numbers from 0 on"),
    ],
)
def test_what_are_no_candidates_is_refused_and_changes_nothing(candidates, words):
    seen = SeenItemsFilter(5)
    with pytest.raises(ValueError, match=words):
        seen.candidates = candidates
    assert seen.candidates is None


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("in_batch", [None, [3, 5, 0, 2, 7]])
@pytest.mark.parametrize("of_module", [None, [1, 0, 6, 5]])
def test_callbacks_rank_by_their_own_candidates_whatever_the_filter_has(stage, in_batch, of_module):
    named = in_batch or of_module or range(8)
    batch = {"seen_ids": torch.tensor([[5, 0, -1], [8, 3, 6]])}
    if in_batch is not None:
        batch["candidates_to_score"] = torch.tensor(in_batch)
    seen = SeenItemsFilter(8)
    seen.candidates = torch.tensor([4, 0, 1])
    logits = torch.arange(2.0 * len(named)).reshape(2, -1)
    best = recommend(
        {"logits": logits},
        batch,
        3,
        stage=stage,
        postprocessors=[seen],
        candidates=None if of_module is None else torch.tensor(of_module),
    )
    for items, scores, user in zip(best.items, logits, ([5, 0], [3, 6]), strict=True):
        pairs = zip(scores.tolist(), named, strict=True)
        left = [(score, item) for score, item in pairs if item not in user]
        expected = [item for _, item in sorted(left, reverse=True)[:3]]
        assert items.tolist() == expected + [-1] * (3 - len(expected))


def test_a_missing_column_is_named():
    with pytest.raises(KeyError, match=r"history.*seen_ids"):
        SeenItemsFilter(3, "history").on_prediction({"seen_ids": 0}, torch.zeros(1, 3))


def test_the_number_of_items_must_be_positive():
    with pytest.raises(ValueError, match="item_count must be at least 1, got 0"):
        SeenItemsFilter(0)


def test_the_filter_says_which_items_it_drops_and_has_that_ability():
    seen = SeenItemsFilter(3)
    assert isinstance(seen, ExcludesItems)
    assert seen.excluded_items({"seen_ids": torch.tensor([[1, 3, -5]])}).tolist() == [[1, -1, -1]]


@settings(deadline=None, max_examples=40)
@given(users=st.integers(1, 4), columns=st.integers(0, 12), seed=st.integers(0, 10**6))
def test_candidates_of_each_user_lose_what_that_user_has_seen(users, columns, seed):
    items, draws = 12, torch.Generator().manual_seed(seed)
    orders = [torch.randperm(items, generator=draws)[:columns] for _ in range(users)]
    candidates = torch.stack(orders)
    candidates[torch.rand(users, columns, generator=draws) < 0.2] = -1
    seen = torch.randint(-1, items + 1, (users, 6), generator=draws)
    logits = torch.randperm(users * columns, generator=draws).float().view(users, columns)
    batch = {"seen_ids": seen, "candidates_to_score": candidates}
    seen_filter = SeenItemsFilter(items)
    top = recommend(
        {"logits": logits}, batch, 20, stage="on_validation", postprocessors=[seen_filter]
    )
    for stage in (seen_filter.on_prediction, seen_filter.on_validation):
        dropped = stage(batch, logits)
        for user in range(users):
            gone = set(seen[user].tolist())
            pairs = list(zip(candidates[user].tolist(), logits[user].tolist(), strict=True))
            expected = [-torch.inf if i in gone and i >= 0 else x for i, x in pairs]
            assert [
                x for (i, _), x in zip(pairs, dropped[user].tolist(), strict=True) if i >= 0
            ] == [x for (i, _), x in zip(pairs, expected, strict=True) if i >= 0]
            left = sorted(((x, i) for i, x in pairs if i >= 0 and i not in gone), reverse=True)
            assert top.items[user].tolist() == [i for _, i in left] + [-1] * (20 - len(left))
