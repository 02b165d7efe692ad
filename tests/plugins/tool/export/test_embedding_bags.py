"""Bags that are looked up are the bags of torch."""

import copy

import pytest
import torch
from seqrec_tool_export.embedding_bags import LookedUpBag, look_up_bags


@pytest.mark.parametrize("padding", [None, 4])
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_a_looked_up_bag_is_the_bag_of_torch(mode, padding):
    torch.manual_seed(0)
    bag = torch.nn.EmbeddingBag(5, 3, mode=mode, padding_idx=padding)
    other = torch.nn.Sequential(copy.deepcopy(bag))
    look_up_bags(other)
    assert isinstance(other[0], LookedUpBag)
    ids = torch.tensor([[0, 1, 1], [4, 2, 4], [4, 4, 4]])
    torch.testing.assert_close(other(ids), bag(ids))
