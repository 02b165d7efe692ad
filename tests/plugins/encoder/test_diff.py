import math

import pytest
import torch
from seqrec_encoder_diff.attention import MultiHeadDifferentialAttention
from seqrec_encoder_diff.specs import DiffTransformerLayerSpec
from seqrec_encoder_diff.transformer import DiffTransformerBlock, DiffTransformerLayer


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


def test_without_a_mask_attention_is_causal(batch):
    torch.manual_seed(0)
    layer = DiffTransformerLayer(batch.dim, batch.heads, 2).eval()
    arguments = batch.inputs([5, 5], 5)
    x = arguments["input_embeddings"]
    torch.testing.assert_close(layer(x), layer(x, arguments["attention_mask"]))
    torch.testing.assert_close(layer.forward_last(x), layer(x)[:, -1])


def test_a_block_normalises_after_each_residual(batch):
    torch.manual_seed(0)
    block = DiffTransformerBlock(batch.dim, batch.heads, 0.2).double()
    for norm in (block.attention_norm, block.feed_forward_norm):
        torch.nn.init.normal_(norm.weight)
    x = torch.randn(2, 5, batch.dim).double()

    def rms_norm(x, norm):
        return x / (x.square().mean(-1, keepdim=True) + 2**-52).sqrt() * norm.weight

    inner = rms_norm(block.attention(x, x, x) + x, block.attention_norm)
    expected = rms_norm(block.feed_forward(inner) + inner, block.feed_forward_norm)
    torch.testing.assert_close(block(x), expected)


def test_sizes_and_lambdas_are_those_of_the_reference():
    layer = DiffTransformerLayer(8, 2, 3)
    inits = [block.attention.lambda_init for block in layer.blocks]
    assert inits == pytest.approx([0.8 - 0.6 * math.exp(-0.3 * i) for i in (0, 1, 2)])
    block = layer.blocks[0]
    assert block.attention.value_projection.out_features == 16
    assert block.attention.query_projection.bias is None
    assert block.feed_forward.gate_projection.out_features == 16


def test_lambda_starts_near_its_initial_value_and_differs_between_heads():
    torch.manual_seed(0)
    attention = MultiHeadDifferentialAttention(256, 4, 0.2)
    assert (attention.second_weight() - 0.2).abs().max() < 2
    assert attention.lambdas.std().item() == pytest.approx((2 / (4 + 64)) ** 0.5, rel=0.1)


def test_heads_must_divide_every_size():
    with pytest.raises(ValueError, match="num_heads 3 does not divide kdim 8"):
        DiffTransformerLayer(8, 3, 1)
    with pytest.raises(ValueError, match="num_heads 2 does not divide vdim 7"):
        MultiHeadDifferentialAttention(8, 2, 0.2, vdim=7)
    spec = DiffTransformerLayerSpec(embedding_dim=8, num_heads=3, num_blocks=1)
    assert [field for field, _ in spec.check()] == ["num_heads"]
