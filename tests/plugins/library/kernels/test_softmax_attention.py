"""Attention by the fused kernel, and by the formula with dropout."""

import math

import pytest
import torch
from seqrec_library_kernels import attention_scores
from seqrec_library_kernels.softmax_attention import softmax_attention

B, H, Q, K, D = 3, 2, 4, 5, 6


def drawn(dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    shapes = [(B, H, Q, D), (B, H, K, D), (B, H, K, D)]
    parts = [torch.randn(*shape, generator=generator, dtype=dtype) for shape in shapes]
    mask = torch.zeros(B, 1, Q, K, dtype=dtype)
    mask[1, ..., 3:] = -torch.inf
    return [*parts, mask]


def naive(query, key, value, mask):
    """A user, a head and a query at a time."""
    mixed = torch.zeros(B, H, Q, D, dtype=query.dtype)
    for user, head, asking in torch.cartesian_prod(*map(torch.arange, (B, H, Q))).tolist():
        scores = key[user, head] @ query[user, head, asking] / math.sqrt(D)
        weights = (scores + mask[user, 0, asking]).exp()
        mixed[user, head, asking] = weights / weights.sum() @ value[user, head]
    return mixed


def test_it_computes_its_formula():
    torch.testing.assert_close(softmax_attention(*drawn(), drop=0.0), naive(*drawn()))


@pytest.mark.parametrize("score_bytes", [1, attention_scores.SCORE_BYTES])
def test_dropout_keeps_the_expectation_and_hidden_pairs_hidden(monkeypatch, score_bytes):
    monkeypatch.setattr(attention_scores, "SCORE_BYTES", score_bytes)
    torch.manual_seed(0)
    arguments = drawn()
    several = [softmax_attention(*arguments, drop=0.25) for _ in range(1500)]
    assert not torch.equal(several[0], several[1])
    torch.testing.assert_close(sum(several) / 1500, naive(*arguments), atol=0.1, rtol=0)
    arguments[2][1, :, 3:] = 1e9
    assert softmax_attention(*arguments, drop=0.25)[1].abs().max() < 10


def test_gradients_are_those_of_the_formula_where_dropout_takes_nothing_out():
    """A probability that rounds to none leaves the formula without the fused kernel."""
    gradients = []
    for attend in (lambda *parts: softmax_attention(*parts, drop=1e-9), naive):
        parts = drawn()
        for part in parts[:3]:
            part.requires_grad_()
        attend(*parts).square().sum().backward()
        gradients.append([part.grad for part in parts[:3]])
    torch.testing.assert_close(*gradients)
