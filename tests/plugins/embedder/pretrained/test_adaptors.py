"""Adaptors against formulas in double precision, and how large they start."""

import pytest
import torch
from seqrec_embedder_pretrained.adaptors import MixtureAdaptor, adaptor_of

N, D, G = 12, 8, 3


@pytest.fixture
def vectors():
    return torch.randn(50, N, generator=torch.Generator().manual_seed(0)).double() / N**0.5


def drawn(kind, dropout=0.0, std=0.1, norm=1.0, dim=D):
    torch.manual_seed(0)
    adaptor = adaptor_of(kind, N, dim, dropout, std, norm, G).double()
    for parameter in adaptor.parameters():
        torch.nn.init.normal_(parameter)
    return adaptor


def test_the_mixture_is_that_of_equations_1_to_3(vectors):
    adaptor = drawn("moe").eval()
    gates = torch.softmax(vectors @ adaptor.gate, -1)
    expected = torch.zeros(50, D).double()
    for row, x in enumerate(vectors):
        for k in range(G):
            expected[row] += gates[row, k] * ((x - adaptor.bias[k]) @ adaptor.weight[k])
    torch.testing.assert_close(adaptor(vectors), expected)


def test_the_gate_is_noisy_in_training_as_equation_4_says(vectors):
    adaptor = drawn("moe").train()
    experts = zip(adaptor.bias, adaptor.weight, strict=True)
    whitened = torch.stack([(vectors - bias) @ weight for bias, weight in experts], 1)
    torch.manual_seed(5)
    noise = torch.randn(50, G, dtype=torch.float64)
    delta = noise * torch.log1p(torch.exp(vectors @ adaptor.noise))
    gates = torch.softmax(vectors @ adaptor.gate + delta, -1)
    torch.manual_seed(5)
    torch.testing.assert_close(adaptor(vectors), (gates[..., None] * whitened).sum(1))


def test_a_perceptron_and_a_line_are_what_they_are_called(vectors):
    mlp, linear = drawn("mlp"), drawn("linear")
    inner = vectors @ mlp.inner.weight.T + mlp.inner.bias
    active = inner * 0.5 * (1 + torch.erf(inner / 2**0.5))
    expected = active @ mlp.outer.weight.T + mlp.outer.bias
    torch.testing.assert_close(mlp(vectors), expected)
    expected = vectors @ linear.linear.weight.T + linear.linear.bias
    torch.testing.assert_close(linear(vectors), expected)
    with pytest.raises(ValueError, match="unknown adaptor 'deep'; choose 'linear', 'mlp' or 'moe'"):
        adaptor_of("deep", N, D, 0.0, 0.1, 1.0, G)


@pytest.mark.parametrize("kind", ["linear", "mlp", "moe"])
@pytest.mark.parametrize("norm", [1.0, 20.0])
def test_embeddings_start_with_the_size_that_is_asked_for(kind, norm):
    torch.manual_seed(0)
    vectors = norm * torch.randn(300, N) / N**0.5
    adaptor = adaptor_of(kind, N, 64, 0.0, 0.05, norm, G).eval()
    adaptor.reset_parameters()
    assert adaptor(vectors).std().item() == pytest.approx(0.05, rel=0.25)


def test_no_embedding_depends_on_the_rows_beside_it(vectors):
    adaptor = drawn("moe").eval()
    assert isinstance(adaptor, MixtureAdaptor)
    torch.testing.assert_close(adaptor(vectors)[7:9], adaptor(vectors[7:9]))
