"""The query tower: a body as SasRec's, blind to features that are not its own."""

import torch
from seqrec_model_two_tower.query_tower import QueryTower
from small_two_tower import SIZES, D, events, naive_query_states
from torch import nn


def test_hidden_states_are_those_of_the_formula_on_the_features_of_the_tower(model):
    features, mask = events()
    tower = model.eval().body.query_tower
    expected = naive_query_states(model, features, mask)
    torch.testing.assert_close(tower(features, mask), expected)
    torch.testing.assert_close(tower.forward_last(features, mask), expected[:, -1])
    states = tower.hidden_states(features, mask)
    assert len(states) == 1 + SIZES["num_blocks"]
    torch.testing.assert_close(states[-1], expected)


def test_other_features_have_no_say(model):
    features, mask = events()
    whole = model.eval().body.query_tower
    parts = (whole.embedder, whole.embedding_aggregator, whole.attn_mask_builder, whole.encoder)
    tower = QueryTower(["item_id"], *parts, nn.LayerNorm(D))
    assert tower.embed(features).keys() == {"item_id"}
    only = tower({"item_id": features["item_id"]}, mask)
    assert torch.equal(tower(features, mask), only)
    assert not torch.equal(whole(features, mask), only)
