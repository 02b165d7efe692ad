import pytest
import torch
from seqrec_norm_standard.normalisations import LayerNorm, RMSNorm


@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_layer_norm_subtracts_the_mean_and_divides_by_the_deviation(eps):
    torch.manual_seed(0)
    norm, x = LayerNorm(6, eps=eps).double(), torch.randn(2, 3, 6).double()
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    centred = x - x.mean(-1, keepdim=True)
    scale = (centred.square().mean(-1, keepdim=True) + eps).sqrt()
    torch.testing.assert_close(norm(x), centred / scale * norm.weight + norm.bias)


@pytest.mark.parametrize("eps", [None, 0.5])
def test_rms_norm_divides_by_the_root_mean_square(eps):
    torch.manual_seed(0)
    norm, x = RMSNorm(6, eps=eps).double(), torch.randn(2, 3, 6).double()
    torch.nn.init.normal_(norm.weight)
    square = x.square().mean(-1, keepdim=True) + (2**-52 if eps is None else eps)
    torch.testing.assert_close(norm(x), x / square.sqrt() * norm.weight)
