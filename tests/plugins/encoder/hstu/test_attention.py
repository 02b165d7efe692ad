"""Pointwise attention, which has no softmax to fill rows up."""

import pytest
import torch
from seqrec_encoder_hstu.attention import pointwise_attention


def inputs(users=2, dtype=torch.float64):
    torch.manual_seed(0)
    queries, keys, values = torch.randn(3, users, 2, 5, 4, dtype=dtype)
    mask = torch.full((5, 5), -torch.inf, dtype=dtype).triu(1).expand(users, 1, 5, 5)
    return queries, keys, values, mask


@pytest.mark.parametrize("shape", [None, (1, 2, 5, 5), (2, 1, 5, 5), (1, 1, 5, 5), (2, 2, 5, 5)])
def test_scores_go_through_silu_and_hidden_pairs_weigh_nothing(shape):
    queries, keys, values, mask = inputs()
    bias = None if shape is None else torch.randn(shape, dtype=torch.float64)
    expected = torch.zeros_like(values)
    for user in range(2):
        for head in range(2):
            for asks in range(5):
                for answers in range(asks + 1):
                    score = queries[user, head, asks] @ keys[user, head, answers]
                    if bias is not None:
                        score = score + bias.expand(2, 2, 5, 5)[user, head, asks, answers]
                    weight = score / (1 + (-score).exp())
                    expected[user, head, asks] += weight * values[user, head, answers]
    torch.testing.assert_close(pointwise_attention(queries, keys, values, mask, bias), expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("users", [1, 2])
def test_hidden_values_and_their_gradients_are_exactly_absent(dtype, users):
    queries, keys, values, mask = inputs(users, dtype)
    forbidding = torch.zeros(users, 1, 5, 5, dtype=dtype)
    forbidding[..., 3, 1:] = -torch.inf  # the fourth sees the first alone, twice hidden the last
    values[:, :, 4] = 1e4
    bias = forbidding.clone().requires_grad_()
    leaves = [tensor.requires_grad_() for tensor in (queries, keys, values)]
    output = pointwise_attention(*leaves, mask, bias)
    only = torch.nn.functional.silu((queries * keys[:, :, :1]).sum(-1))[:, :, 3, None]
    close = {"atol": 0.05, "rtol": 0.05} if dtype in (torch.float16, torch.bfloat16) else {}
    torch.testing.assert_close(output[:, :, 3], only * values[:, :, 0], **close)
    output[:, :, :4].sum().backward()
    assert not values.grad[:, :, 4].any()
    assert all(leaf.grad.isfinite().all() for leaf in leaves)
    assert not bias.grad[..., 3, 1:].any()


def test_a_row_that_sees_nothing_is_zero():
    queries, keys, values, mask = inputs()
    assert not pointwise_attention(queries, keys, values, mask - torch.inf, None).any()
