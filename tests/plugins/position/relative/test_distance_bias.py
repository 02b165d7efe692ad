"""The bias of distances against its formula."""

import torch
from seqrec_position_relative.distance_bias import RelativePosition


def test_each_distance_has_its_number_and_the_farthest_stand_for_those_beyond():
    torch.manual_seed(0)
    position, heads = RelativePosition(2, 3).double(), torch.randn(4, 2, 5, 6)
    queries, keys, bias = position(heads, heads, {}, torch.ones(4, 5, dtype=torch.bool))
    assert queries is heads
    assert keys is heads
    assert bias.shape == (1, 2, 5, 5)
    for head in range(2):
        for i in range(5):
            for j in range(5):
                distance = max(-2, min(2, i - j))
                assert bias[0, head, i, j] == position.table[head, distance + 2]


def test_its_gradient_counts_pairs():
    position, heads = RelativePosition(1, 4), torch.randn(1, 1, 4, 2)
    position(heads, heads, {}, torch.ones(1, 4, dtype=torch.bool))[2].sum().backward()
    assert position.table.grad.tolist() == [[1, 2, 3, 4, 3, 2, 1]]
