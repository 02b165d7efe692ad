"""Blocks of differential attention."""

import math

import pytest
import torch
from seqrec_encoder_diff.attention import MultiHeadDifferentialAttention
from seqrec_encoder_diff.specs import DiffTransformerLayerSpec
from seqrec_encoder_diff.transformer import DiffTransformerBlock, DiffTransformerLayer


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


def test_heads_must_divide_every_size():
    with pytest.raises(ValueError, match="num_heads 3 does not divide kdim 8"):
        DiffTransformerLayer(8, 3, 1)
    with pytest.raises(ValueError, match="num_heads 2 does not divide vdim 7"):
        MultiHeadDifferentialAttention(8, 2, 0.2, vdim=7)
    spec = DiffTransformerLayerSpec(embedding_dim=8, num_heads=3, num_blocks=1)
    assert [field for field, _ in spec.check()] == ["num_heads"]
