"""Every weight of RePlay has its place in a model of seqrec."""

import pytest
import torch
from seqrec_tool_import_replay.names import renamed

NAMES = {
    "body.query_tower.encoder.attention_layers.0.in_proj_weight": (
        "body.query_tower.encoder.blocks.0.attention.in_projection.weight"
    ),
    "body.query_tower.embedding_aggregator.pe.weight": (
        "body.query_tower.embedding_aggregator.position_embeddings"
    ),
    "body.item_tower.encoder.sw2.WG.weight": (
        "body.item_tower.encoder.feed_forward2.gate_projection.weight"
    ),
    "body.item_tower.encoder.sw1.W2.bias": (
        "body.item_tower.encoder.feed_forward1.out_projection.bias"
    ),
    "body.item_tower.encoder.norm1.weight": "body.item_tower.encoder.norm1.weight",
    "body.item_tower.item_reference_genres": "body.item_tower.item_reference_genres",
    "body.encoder.layers.3.attn.W_q.weight": (
        "body.encoder.blocks.3.attention.query_projection.weight"
    ),
    "body.encoder.layers.3.attn.rms_scale": "body.encoder.blocks.3.attention.head_norm.weight",
    "body.encoder.layers.3.ff.W1.bias": "body.encoder.blocks.3.feed_forward.up_projection.bias",
    "body.encoder.layers.3.ff_norm.weight": "body.encoder.blocks.3.feed_forward_norm.weight",
    "body.embedding_aggregator.embedding_aggregator.feat_projection.bias": (
        "body.embedding_aggregator.embedding_aggregator.projection.bias"
    ),
    "loss._loss.weight": "loss.weight",
    "context_merger.model.weight": "context_merger.model.weight",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_every_part_are_known(name):
    ((ours, original, _),) = renamed({name: torch.zeros(2)})
    assert (ours, original) == (NAMES[name], name)


def test_the_vectors_of_differential_attention_become_one_parameter():
    attention = "model.body.encoder.layers.0.attn"
    vectors = {f"{attention}.lambda_{n}": torch.randn(2, 4) for n in ("k2", "q1", "k1", "q2")}
    scaling = {f"{attention}.scaling": torch.tensor(0.5)}
    ((ours, _, value),) = renamed(vectors | scaling)
    assert ours == "body.encoder.blocks.0.attention.lambdas"
    assert torch.equal(value[0, 1], vectors[f"{attention}.lambda_q2"])
    assert torch.equal(value[1, 0], vectors[f"{attention}.lambda_k1"])
