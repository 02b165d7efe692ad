"""The encoder of SASRec against its formula."""

import math

import pytest
import torch
from seqrec_encoder_sasrec.specs import SasRecTransformerLayerSpec
from seqrec_encoder_sasrec.transformer import SasRecTransformerLayer


def layer_norm(x, norm):
    centred = x - x.mean(-1, keepdim=True)
    scale = (centred.square().mean(-1, keepdim=True) + 1e-8).sqrt()
    return centred / scale * norm.weight + norm.bias


def one_user(layer, x, visible):
    """The layer's formula for one user, a head and a position at a time."""
    for block in layer.blocks:
        heads = block.attention.num_heads
        size = x.size(-1) // heads
        w_query, w_key, w_value = block.attention.in_projection.weight.chunk(3)
        b_query, b_key, b_value = block.attention.in_projection.bias.chunk(3)
        normed = layer_norm(x, block.attention_norm)
        query, key, value = (
            normed @ w_query.T + b_query,
            x @ w_key.T + b_key,
            x @ w_value.T + b_value,
        )
        mixed = torch.zeros_like(x)
        for head in range(heads):
            part = slice(head * size, (head + 1) * size)
            for position in range(len(x)):
                seen = visible[position]
                scores = key[seen, part] @ query[position, part] / math.sqrt(size)
                weights = scores.exp() / scores.exp().sum()
                mixed[position, part] = weights @ value[seen, part]
        out = block.attention.out_projection
        x = layer_norm(normed + mixed @ out.weight.T + out.bias, block.feed_forward_norm)
        first, second = block.feed_forward.linear1, block.feed_forward.linear2
        hidden = (x @ first.weight.T + first.bias).clamp(min=0)
        x = x + hidden @ second.weight.T + second.bias
    return x


def test_it_computes_the_formula_of_sasrec(batch):
    torch.manual_seed(0)
    layer = SasRecTransformerLayer(batch.dim, batch.heads, 2, 0.0, "relu").double().eval()
    with torch.no_grad():
        for weight in layer.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    arguments = batch.inputs([5, 2], 5)
    arguments["input_embeddings"] = arguments["input_embeddings"].double()
    output = layer(**arguments)
    for user in range(2):
        visible = arguments["attention_mask"][user, 0] == 0
        expected = one_user(layer, arguments["input_embeddings"][user], visible)
        torch.testing.assert_close(output[user], expected, atol=1e-9, rtol=1e-7)


def test_dropout_is_repeated_by_the_seed(batch):
    layer = SasRecTransformerLayer(batch.dim, batch.heads, 2, 0.5).train()
    arguments = batch.inputs([5, 2], 5)
    first, again = (layer(**arguments) for _ in range(2) if torch.manual_seed(3))
    assert torch.equal(first, again)
    assert not torch.equal(first, layer(**arguments))


def test_heads_must_divide_the_embedding():
    with pytest.raises(ValueError, match="num_heads 3 does not divide embedding_dim 8"):
        SasRecTransformerLayer(8, 3, 1, 0.0)
    spec = SasRecTransformerLayerSpec(embedding_dim=8, num_heads=3, num_blocks=1, dropout=0.0)
    assert [field for field, _ in spec.check()] == ["num_heads"]


@pytest.mark.parametrize("training", [True, False])
def test_it_works_under_autocast(batch, training):
    layer = SasRecTransformerLayer(batch.dim, batch.heads, 1, 0.3).train(training)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(**batch.inputs([5, 2], 5)).isfinite().all()


@pytest.mark.slow
def test_training_with_dropout_compiles_to_one_graph(batch):
    layer = SasRecTransformerLayer(batch.dim, batch.heads, 1, 0.3).train()
    arguments = batch.inputs([5, 2], 5)
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    compiled(**arguments).sum().backward()
    assert all(weight.grad.isfinite().all() for weight in layer.parameters())
