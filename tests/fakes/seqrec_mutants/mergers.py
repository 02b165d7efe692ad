"""Mergers of context: one is right, the other wrong in one way."""

from torch import nn


class Healthy(nn.Module):
    """Adds the price."""

    def forward(self, model_hidden_state, feature_tensors):
        return model_hidden_state + feature_tensors["price"][..., None]


class LooksAhead(Healthy):
    def forward(self, model_hidden_state, feature_tensors):
        later = feature_tensors["price"].flip(1).cumsum(1).flip(1)
        return model_hidden_state + later[..., None]
