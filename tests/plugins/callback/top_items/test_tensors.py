"""Recommendations as tensors."""

import math

import torch
from seqrec_callback_top_items.tensors import TorchTopItemsCallback
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter


def test_tensors_mark_the_items_that_are_missing(recommended, batches):
    callback = TorchTopItemsCallback(2, [SeenItemsFilter(4)])
    users, items, scores = recommended(callback, batches)
    assert users.tolist() == [7, 3, 9]
    assert items.tolist() == [[2, -1], [2, 3], [2, 1]]
    assert scores.tolist() == [[2.0, -math.inf], [3.5, 2.5], [3.0, 2.0]]
    assert items.dtype == users.dtype == torch.int64


def test_a_list_longer_than_the_catalogue_is_filled_up(recommended, batches):
    _, items, _ = recommended(TorchTopItemsCallback(6), batches)
    assert items[2].tolist() == [3, 2, 1, 0, -1, -1]
