"""The body of parts that do no more than their protocols ask."""

import pytest
import torch
from seqrec_library_next_item.sequence_body import SequenceBody
from torch import nn

B, L, D = 2, 4, 3
EVENTS = {"item_id": torch.arange(B * L).view(B, L), "price": torch.rand(B, L)}
MASK = torch.tensor([[False, True, True, True], [False, False, True, True]])


class Embedder(nn.Module):
    def forward(self, feature_tensor, feature_names=None):
        names = feature_tensor if feature_names is None else feature_names
        return {name: feature_tensor[name][..., None].expand(B, L, D) / 10 for name in names}


class Sum(nn.Module):
    def forward(self, feature_tensors):
        return torch.stack(tuple(feature_tensors.values())).sum(0)


class Causal(nn.Module):
    def forward(self, feature_tensors, padding_mask):
        assert padding_mask is MASK
        return torch.full((L, L), -torch.inf).triu(1)


class Cumulative(nn.Module):
    """An encoder with nothing but `forward`: sums over what the mask lets a position see."""

    def forward(self, feature_tensors, input_embeddings, padding_mask, attention_mask):
        return attention_mask.exp() @ (input_embeddings * padding_mask[..., None])


class Blocks(Cumulative):
    """An encoder that tells its two blocks apart, and has a short way to the last position."""

    def hidden_states(self, **inputs):
        states = self(**inputs)
        return states / 2, states

    def forward_last(self, **inputs):
        return self(**inputs)[:, -1]


class Undecided(Blocks):
    """An encoder whose short ways do not answer."""

    def hidden_states(self, **inputs):
        return None

    def forward_last(self, **inputs):
        return None


class OneFeature(SequenceBody):
    def embed(self, feature_tensors):
        return self.embedder(feature_tensors, ["price"])


def body(encoder, cls=SequenceBody):
    return cls(Embedder(), Sum(), Causal(), encoder, nn.Tanh())


EMBEDDINGS = sum(EVENTS.values())[..., None].expand(B, L, D) / 10
EXPECTED = torch.tanh((EMBEDDINGS * MASK[..., None]).cumsum(1))


COMPILED = torch.compile(Blocks(), backend="eager")


@pytest.mark.parametrize("encoder", [Cumulative(), Blocks(), Undecided(), COMPILED])
def test_parts_follow_each_other_and_the_short_ways_give_the_same(encoder):
    states = body(encoder)(EVENTS, MASK)
    torch.testing.assert_close(states, EXPECTED)
    torch.testing.assert_close(body(encoder).forward_last(EVENTS, MASK), EXPECTED[:, -1])


def test_all_hidden_states_are_embeddings_blocks_and_the_normalised_last():
    first, last = body(Cumulative()).hidden_states(EVENTS, MASK)
    torch.testing.assert_close(first, EMBEDDINGS)
    torch.testing.assert_close(last, EXPECTED)
    first, last = body(Undecided()).hidden_states(EVENTS, MASK)
    torch.testing.assert_close(last, EXPECTED)
    first, half, last = body(Blocks()).hidden_states(EVENTS, MASK)
    torch.testing.assert_close(first, EMBEDDINGS)
    torch.testing.assert_close(half, EXPECTED.atanh() / 2)
    torch.testing.assert_close(last, EXPECTED)


def test_a_subclass_may_choose_its_features():
    states = body(Cumulative(), OneFeature)(EVENTS, MASK)
    prices = EVENTS["price"] * MASK / 10
    torch.testing.assert_close(states, torch.tanh(prices.cumsum(1))[..., None].expand(B, L, D))
