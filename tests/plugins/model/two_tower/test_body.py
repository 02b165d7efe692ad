"""The two towers over one embedder, and what they refuse."""

import pytest
import torch
from seqrec_model_two_tower.body import TwoTowerBody
from small_two_tower import SCHEMA, D
from torch import nn


def test_the_towers_share_one_embedder_and_use_the_features_named(model):
    body = model.body
    assert body.query_tower.embedder is body.item_tower.embedder is body.embedder
    assert body.query_tower.feature_names == ["item_id", "genres", "price"]
    assert body.item_tower.feature_names == ["item_id", "genres", "price"]
    tables = [name for name, _ in body.named_parameters() if name.endswith("item_id.emb.weight")]
    assert tables == ["embedder.feature_embedders.item_id.emb.weight"]


def test_features_that_cannot_be_used_are_named(model, reader):
    parts = model.body
    arguments = {
        "schema": SCHEMA,
        "embedder": parts.embedder,
        "attn_mask_builder": parts.query_tower.attn_mask_builder,
        "query_tower_feature_names": ["item_id"],
        "item_tower_feature_names": ["item_id"],
        "query_embedding_aggregator": parts.query_tower.embedding_aggregator,
        "item_embedding_aggregator": parts.item_tower.embedding_aggregator,
        "query_encoder": parts.query_tower.encoder,
        "query_tower_output_normalization": nn.LayerNorm(D),
        "item_encoder": parts.item_tower.encoder,
        "item_features_reader": reader,
    }
    assert TwoTowerBody(**arguments)
    with pytest.raises(ValueError, match=r"the towers use \['time'\], which the embedder does not"):
        TwoTowerBody(**arguments | {"query_tower_feature_names": ["item_id", "time"]})
    with pytest.raises(ValueError, match="feature 'item_id' has 3 rows, the catalogue has 12"):
        TwoTowerBody(**arguments | {"item_features_reader": {"item_id": torch.arange(3)}})
