"""Blocks of LiGR against their formula."""

import pytest
import torch
from seqrec_encoder_ligr.specs import LiGREncoderSpec
from seqrec_encoder_ligr.transformer import LiGREncoder


def layer_norm(x, norm):
    centred = x - x.mean(-1, keepdim=True)
    scale = (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    return centred / scale * norm.weight + norm.bias


def gated(x, update, residual):
    gate = 1 / (1 + (-(x @ residual.gate.weight.T + residual.gate.bias)).exp())
    return x + gate * update


@pytest.mark.parametrize("places", [0, 2])
def test_it_normalises_before_and_adds_through_a_gate(batch, places):
    torch.manual_seed(0)
    positions = batch.positions()[:places]
    encoder = LiGREncoder(batch.dim, batch.heads, 2, 0.4, positions=positions).double().eval()
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    arguments = batch.inputs([5, 2], 5)
    mask = arguments["attention_mask"].double()
    x = arguments["input_embeddings"] = arguments["input_embeddings"].double()

    def place(queries, keys):
        first = positions[0](queries, keys, {}, arguments["padding_mask"])
        second = positions[1](*first[:2], {}, arguments["padding_mask"])
        return *second[:2], first[2] + second[2]

    for block in encoder.blocks:
        mixed = block.attention(
            layer_norm(x, block.attention_norm), mask, place if places else None
        )
        x = gated(x, mixed, block.attention_residual)
        normed = layer_norm(x, block.feed_forward_norm)
        x = gated(x, block.feed_forward(normed), block.feed_forward_residual)
    torch.testing.assert_close(encoder(**arguments), x)


def test_the_hidden_layer_is_as_wide_as_asked_for():
    for factor in (1, 3):
        network = LiGREncoder(8, 2, 1, 0.0, factor).blocks[0].feed_forward
        assert network.up_projection.out_features == 8 * factor
        assert network.out_projection.bias is None
    assert LiGREncoder(8, 2, 1, 0.0, bias=True).blocks[0].feed_forward.out_projection.bias.any()


def test_heads_must_divide_the_embedding():
    spec = LiGREncoderSpec(embedding_dim=8, num_heads=3, num_blocks=1, dropout=0.0)
    assert [field for field, _ in spec.check()] == ["num_heads"]


@pytest.mark.parametrize("training", [True, False])
def test_it_works_in_half_precision(batch, training):
    arguments = batch.inputs([5, 2, 0], 5)
    for positions in ([], batch.positions()):
        encoder = LiGREncoder(batch.dim, 2, 2, 0.3, positions=positions).train(training)
        with torch.autocast("cpu", torch.bfloat16):
            assert encoder(**arguments).isfinite().all()
        half = {**arguments, "input_embeddings": arguments["input_embeddings"].bfloat16()}
        assert encoder.bfloat16()(**half).isfinite().all()
