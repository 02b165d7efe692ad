"""The filter of seen items."""

import math

import pytest
import torch
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter

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


def test_a_missing_column_is_named():
    with pytest.raises(KeyError, match=r"history.*seen_ids"):
        SeenItemsFilter(3, "history").on_prediction({"seen_ids": 0}, torch.zeros(1, 3))


def test_the_number_of_items_must_be_positive():
    with pytest.raises(ValueError, match="item_count must be at least 1, got 0"):
        SeenItemsFilter(0)
