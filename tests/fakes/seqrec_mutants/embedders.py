"""Embedders: one is right, each of the others wrong in one way."""

import torch
from torch import nn


class Healthy(nn.Module):
    """A table of items; the last row, padding, is zero and stays zero."""

    padding_idx = True

    def __init__(self, cardinality, embedding_dim):
        super().__init__()
        padding = cardinality if self.padding_idx else None
        self.table = nn.Embedding(cardinality + 1, embedding_dim, padding_idx=padding)
        self.draw()

    def draw(self):
        with torch.no_grad():
            self.table.weight[-1].zero_()

    @property
    def embeddings_dim(self):
        return {"item_id": self.table.embedding_dim}

    def forward(self, feature_tensor, feature_names=("item_id",)):
        return {name: self.table(feature_tensor[name]) for name in feature_names}

    def get_item_weights(self, indices=None):
        return self.table.weight[:-1] if indices is None else self.table(indices)


class DrawsPadding(Healthy):
    def draw(self):
        nn.init.normal_(self.table.weight)


class TrainsPadding(Healthy):
    padding_idx = False


class CountsPaddingAsAnItem(Healthy):
    def get_item_weights(self, indices=None):
        return self.table.weight if indices is None else self.table(indices)
