"""The gate of a residual against its formula."""

import torch
from seqrec_encoder_ligr.gated_residual import GatedResidual


def test_the_gate_looks_at_the_input_and_scales_the_update():
    torch.manual_seed(0)
    residual = GatedResidual(6, 0.0).double()
    torch.nn.init.normal_(residual.gate.bias)
    x, update = torch.randn(2, 3, 6).double(), torch.randn(2, 3, 6).double()
    gate = 1 / (1 + (-(x @ residual.gate.weight.T + residual.gate.bias)).exp())
    torch.testing.assert_close(residual(x, update), x + gate * update)


def test_dropout_falls_on_the_update_alone():
    residual, x = GatedResidual(4, 0.5), torch.randn(64, 4)
    assert torch.equal(residual(x, torch.zeros(64, 4)), x)
    dropped = residual(torch.zeros(64, 4), torch.ones(64, 4)) == 0
    assert 0.3 < dropped.float().mean() < 0.7
