"""Recommendations as tensors, without a trainer."""

import math

import torch
from seqrec_callback_top_items.tensor_collector import TorchTopItems
from seqrec_callback_top_items.tensors import TorchTopItemsCallback
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter


def test_tensors_are_those_of_the_callback(collected, recommended, batches):
    filters = [SeenItemsFilter(4)]
    users, items, scores = collected(TorchTopItems(2, filters), batches)
    assert items.tolist() == [[2, -1], [2, 3], [2, 1]]
    assert scores.tolist() == [[2.0, -math.inf], [3.5, 2.5], [3.0, 2.0]]
    expected = recommended(TorchTopItemsCallback(2, filters), batches)
    assert all(map(torch.equal, (users, items, scores), expected))
