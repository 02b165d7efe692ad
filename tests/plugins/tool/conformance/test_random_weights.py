"""Every weight is moved, and what is padding, or declared to stay, stays."""

import torch
from seqrec_tool_conformance.random_weights import draw_weights
from torch import nn


class Part(nn.Module):
    """One of each kind of number."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(5, 3, padding_idx=4)
        self.norm = nn.LayerNorm(3)
        self.empty = nn.Parameter(torch.zeros(2, 3))
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("seen", torch.tensor(4))
        self.register_buffer("scale", torch.ones(3), persistent=False)
        self.register_buffer("mask", torch.tensor([0.0, 1.0]))


def moved(fixed=(), seed=0):
    torch.manual_seed(0)
    part = Part()
    before = {name: tensor.clone() for name, tensor in part.state_dict().items()}
    draw_weights(part, seed, fixed)
    return before, part


def test_zeros_and_ones_that_hide_what_is_left_out_are_gone():
    before, part = moved()
    assert part.norm.bias.all()
    assert part.empty.all()
    assert part.mean.all()
    assert (part.norm.weight != 1).all()
    ratio = part.table.weight[:4] / before["table.weight"][:4]
    assert ((ratio > 0.69) & (ratio < 1.31) & (ratio != 1)).all()


def test_padding_whole_numbers_and_what_no_state_dict_has_stay():
    _, part = moved()
    assert not part.table.weight[4].any()
    assert part.seen.tolist() == 4
    assert part.scale.tolist() == [1, 1, 1]


def test_a_buffer_that_fits_a_pattern_stays():
    assert moved()[1].mask.tolist() != [0, 1]
    assert moved(fixed=("ma*",))[1].mask.tolist() == [0, 1]


def test_a_seed_gives_the_same_weights_and_the_global_random_state_stays():
    state = torch.get_rng_state()
    one, same, other = (moved(seed=seed)[1].norm.bias for seed in (1, 1, 2))
    torch.set_rng_state(state)
    draw_weights(Part(), 3)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
