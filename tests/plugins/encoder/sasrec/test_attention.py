"""Attention beside that of torch, and its shortcut for one query."""

import torch
from seqrec_encoder_sasrec.attention import MultiHeadAttention


def test_attention_is_that_of_torch_with_the_same_weights():
    torch.manual_seed(0)
    theirs = torch.nn.MultiheadAttention(12, 3, batch_first=True)
    ours = MultiHeadAttention(12, 3, dropout=0.0)
    ours.load_state_dict(
        {
            "in_projection.weight": theirs.in_proj_weight,
            "in_projection.bias": theirs.in_proj_bias,
            "out_projection.weight": theirs.out_proj.weight,
            "out_projection.bias": theirs.out_proj.bias,
        }
    )
    query, sequence = torch.randn(2, 5, 12), torch.randn(2, 5, 12)
    mask = torch.full((5, 5), -torch.inf).triu(1)
    expected, _ = theirs(query, sequence, sequence, attn_mask=mask)
    torch.testing.assert_close(ours(query, sequence, mask.expand(2, 1, 5, 5)), expected)


def test_one_query_gets_the_same_without_keys_and_values():
    torch.manual_seed(0)
    attention = MultiHeadAttention(12, 3, dropout=0.0).double()
    for bias in (attention.in_projection.bias, attention.out_projection.bias):
        torch.nn.init.normal_(bias)
    query, sequence = torch.randn(2, 1, 12).double(), torch.randn(2, 5, 12).double()
    mask = torch.zeros(2, 1, 1, 5).double()
    mask[0, ..., :2] = -torch.inf
    expected = attention(query, sequence, mask)
    torch.testing.assert_close(attention.pooled(query, sequence, mask), expected)


def test_dropout_of_attention_weights_keeps_their_expectation():
    torch.manual_seed(0)
    attention = MultiHeadAttention(4, 2, dropout=0.3).double()
    x, mask = torch.randn(1, 5, 4).double().expand(4000, 5, 4), torch.zeros(4000, 1, 5, 5)
    average = attention.train()(x, x, mask).mean(0)
    torch.testing.assert_close(average, attention.eval()(x, x, mask)[0], atol=0.05, rtol=0)
