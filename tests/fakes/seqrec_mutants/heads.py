"""Heads: one is right, each of the others wrong in one way."""

from torch import nn


class Healthy(nn.Module):
    def forward(self, hidden_states, item_embeddings):
        items = item_embeddings.expand(len(hidden_states), -1, -1)
        return (items @ hidden_states[..., None])[..., 0]


class KeepsADimension(Healthy):
    def forward(self, hidden_states, item_embeddings):
        return super().forward(hidden_states, item_embeddings)[..., None]


class ClaimsToBeADotProduct(Healthy):
    def is_dot_product(self):
        return True

    def forward(self, hidden_states, item_embeddings):
        return 2 * super().forward(hidden_states, item_embeddings)


class ComparesItems(Healthy):
    def forward(self, hidden_states, item_embeddings):
        return super().forward(hidden_states, item_embeddings).softmax(-1)
