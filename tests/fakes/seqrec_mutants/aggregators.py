"""Aggregators: one is right, each of the others wrong in one way."""

import torch
from torch import nn


class Healthy(nn.Module):
    """The sum of embeddings and of a position, counted from the end."""

    def __init__(self, embedding_dim, max_sequence_length):
        super().__init__()
        self.embedding_dim = embedding_dim
        self.positions = nn.Parameter(torch.randn(max_sequence_length, embedding_dim))

    def forward(self, feature_tensors):
        total = torch.stack([feature_tensors[name] for name in sorted(feature_tensors)]).sum(0)
        return total + self.places(total.size(1))

    def places(self, length):
        return self.positions[-length:]


class CountsFromTheLeft(Healthy):
    def places(self, length):
        return self.positions[:length]


class MindsTheOrder(Healthy):
    def forward(self, feature_tensors):
        weighted = [tensor * (1 + i) for i, tensor in enumerate(feature_tensors.values())]
        return torch.stack(weighted).sum(0) + self.places(weighted[0].size(1))
