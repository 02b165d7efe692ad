"""The feed-forward network of LiGR against its formula."""

import math

import pytest
import torch
from seqrec_encoder_ligr.expanded_feed_forward import ExpandedFeedForward

FORMULAS = {
    "relu": lambda x: x.clamp(min=0),
    "gelu": lambda x: x * (1 + torch.erf(x / math.sqrt(2))) / 2,
    "swiglu": lambda x: x / (1 + (-x).exp()),
}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", FORMULAS)
def test_it_computes_its_formula(activation, bias):
    torch.manual_seed(0)
    network = ExpandedFeedForward(6, 12, 0.0, activation, bias).double()
    x = torch.randn(2, 3, 6).double()

    def linear(x, layer):
        return x @ layer.weight.T + (layer.bias if bias else 0)

    hidden = FORMULAS[activation](linear(x, network.gate_projection))
    if activation == "swiglu":
        hidden = hidden * linear(x, network.up_projection)
    torch.testing.assert_close(network(x), linear(hidden, network.out_projection))


def test_an_unknown_activation_is_refused():
    with pytest.raises(ValueError, match=r"unknown activation 'tanh'; choose from \['swiglu'"):
        ExpandedFeedForward(6, 12, 0.0, "tanh")
