"""Self-attention that takes positions."""

import math

import pytest
import torch
from seqrec_encoder_ligr.attention import SelfAttention


def naive(attention, x, mask, place):
    """A user, a head and a position at a time."""
    heads, size = attention.num_heads, x.size(-1) // attention.num_heads
    linear = attention.in_projection
    split = (x @ linear.weight.T + linear.bias).unflatten(-1, (3, heads, size)).movedim(2, 0)
    queries, keys, values = (part.transpose(1, 2) for part in split)
    bias = None
    if place is not None:
        queries, keys, bias = place(queries, keys)
    mixed = torch.zeros_like(values)
    for user in range(len(x)):
        for head in range(heads):
            for position in range(x.size(1)):
                scores = keys[user, head] @ queries[user, head, position] / math.sqrt(size)
                if bias is not None:
                    scores = scores + bias[0, head, position]
                weights = (scores + mask[user, 0, position]).exp()
                mixed[user, head, position] = weights / weights.sum() @ values[user, head]
    out = attention.out_projection
    return mixed.transpose(1, 2).flatten(2) @ out.weight.T + out.bias


def placing(queries, keys):
    bias = torch.arange(2 * 5 * 5).view(1, 2, 5, 5).to(queries.dtype).sin()
    return queries * 2, keys.roll(1, -1), bias


@pytest.mark.parametrize("place", [None, placing])
@pytest.mark.parametrize("last_only", [True, False])
def test_attention_computes_its_formula(batch, place, last_only):
    torch.manual_seed(0)
    attention = SelfAttention(batch.dim, 2, 0.3).double().eval()
    for bias in (attention.in_projection.bias, attention.out_projection.bias):
        torch.nn.init.normal_(bias)
    arguments = batch.inputs([5, 2], 5)
    x, mask = arguments["input_embeddings"].double(), arguments["attention_mask"].double()
    expected = naive(attention, x, mask, place)[:, -1 if last_only else 0 :]
    torch.testing.assert_close(attention(x, mask, place, last_only), expected)


def test_dropout_takes_weights_out_and_keeps_their_sum_in_expectation():
    torch.manual_seed(0)
    attention = SelfAttention(4, 1, 0.5).train()
    with torch.no_grad():
        for linear in (attention.in_projection, attention.out_projection):
            linear.weight.zero_()
        attention.in_projection.bias[-4:] = 1.0
        attention.out_projection.weight.copy_(torch.eye(4))
    drawn = attention(torch.zeros(500, 8, 4), torch.zeros(500, 1, 8, 8))
    assert drawn.std() > 0.1
    assert abs(drawn.mean().item() - 1) < 0.05


@pytest.mark.parametrize("training", [True, False])
def test_a_position_may_compute_in_another_precision(batch, training):
    attention = SelfAttention(batch.dim, 2, 0.1).train(training)
    arguments = batch.inputs([5, 2], 5)
    x, mask = arguments["input_embeddings"], arguments["attention_mask"]
    with torch.autocast("cpu", torch.bfloat16):
        output = attention(x, mask, lambda q, k: (q.float(), k.float(), torch.zeros(1, 1, 5, 5)))
    assert output.isfinite().all()


def test_heads_must_divide_the_embedding():
    with pytest.raises(ValueError, match="num_heads 3 does not divide embedding_dim 8"):
        SelfAttention(8, 3, 0.0)
