"""Several positions act in turn, and what they add is summed."""

import torch
from seqrec_library_positions.positioned import positioned


class Scaled(torch.nn.Module):
    def __init__(self, factor, bias=None):
        super().__init__()
        self.factor, self.bias = factor, bias

    def forward(self, queries, keys, feature_tensors, padding_mask):
        return queries * self.factor, keys + self.factor, self.bias


QUERIES, KEYS = torch.ones(3, 2, 4, 5), torch.zeros(3, 2, 4, 5)
ARGUMENTS = {"feature_tensors": {}, "padding_mask": torch.ones(3, 4, dtype=torch.bool)}


def test_they_act_in_turn_and_their_biases_add_up():
    of_all, of_each = torch.randn(1, 2, 4, 4), torch.randn(3, 1, 4, 4)
    positions = [Scaled(2.0, of_all), Scaled(3.0), Scaled(5.0, of_each)]
    queries, keys, bias = positioned(positions, QUERIES, KEYS, **ARGUMENTS)
    assert torch.equal(queries, QUERIES * 30)
    assert torch.equal(keys, KEYS + 10)
    assert torch.equal(bias, of_all + of_each)


def test_none_adds_nothing():
    queries, keys, bias = positioned([], QUERIES, KEYS, **ARGUMENTS)
    assert queries is QUERIES
    assert keys is KEYS
    assert bias is None
    assert positioned([Scaled(2.0)], QUERIES, KEYS, **ARGUMENTS)[2] is None
