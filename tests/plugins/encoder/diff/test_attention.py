"""Differential attention against the formula of its paper."""

import math

import pytest
import torch
from seqrec_encoder_diff.attention import MultiHeadDifferentialAttention


def attention_of_one_user(attention, x, head):
    """The paper's formula for one head of one user, causal, before the output projection."""
    size, value_size = attention.lambdas.size(-1), len(attention.head_norm.weight)
    start = 2 * size * head
    rows_1, rows_2 = slice(start, start + size), slice(start + size, start + 2 * size)
    query, key = attention.query_projection(x), attention.key_projection(x)
    value = attention.value_projection(x)[:, head * value_size : (head + 1) * value_size]
    (q_1, q_2), (k_1, k_2) = attention.lambdas[:, :, head]
    weight = (q_1 @ k_1).exp() - (q_2 @ k_2).exp() + attention.lambda_init
    future = torch.ones(len(x), len(x), dtype=torch.bool).triu(1)

    def softmax(rows):
        scores = query[:, rows] @ key[:, rows].T / math.sqrt(size)
        return scores.masked_fill(future, -torch.inf).softmax(-1)

    mixed = (softmax(rows_1) - weight * softmax(rows_2)) @ value
    normed = mixed / (mixed.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    return (1 - attention.lambda_init) * normed * attention.head_norm.weight


@pytest.mark.parametrize(("kdim", "vdim"), [(None, None), (6, 12)])
def test_attention_computes_the_formula_of_the_paper(kdim, vdim):
    torch.manual_seed(0)
    attention = MultiHeadDifferentialAttention(9, 3, 0.2, True, kdim, vdim).double()
    torch.nn.init.normal_(attention.head_norm.weight)
    x = torch.randn(2, 5, 9).double()
    output = attention(x, x, x)
    for user in range(2):
        heads = [attention_of_one_user(attention, x[user], head) for head in range(3)]
        expected = attention.out_projection(torch.cat(heads, -1))
        torch.testing.assert_close(output[user], expected)


def test_lambda_starts_near_its_initial_value_and_differs_between_heads():
    torch.manual_seed(0)
    attention = MultiHeadDifferentialAttention(256, 4, 0.2)
    assert (attention.second_weight() - 0.2).abs().max() < 2
    assert attention.lambdas.std().item() == pytest.approx((2 / (4 + 64)) ** 0.5, rel=0.1)
