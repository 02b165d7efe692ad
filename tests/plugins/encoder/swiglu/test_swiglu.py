"""The gated network against its formula."""

import torch
from seqrec_encoder_swiglu.swiglu import SwiGLU


def swiglu(network, x):
    gate, up, out = network.gate_projection, network.up_projection, network.out_projection
    gated = x @ gate.weight.T + gate.bias
    hidden = gated / (1 + (-gated).exp()) * (x @ up.weight.T + up.bias)
    return hidden @ out.weight.T + out.bias


def test_swiglu_computes_its_formula():
    torch.manual_seed(0)
    network, x = SwiGLU(6, 10).double(), torch.randn(2, 3, 6).double()
    torch.testing.assert_close(network(x), swiglu(network, x))
