"""Masks, embedders, aggregators, norms and heads: one right, the others wrong."""

import torch
from torch import nn


class HealthyMask(nn.Module):
    """Causal, padding hidden, diagonal open: (B, 1, L, L)."""

    def forward(self, feature_tensor, padding_mask):
        seen = self.seen(padding_mask) | torch.eye(padding_mask.size(1), dtype=torch.bool)
        return torch.zeros(seen.shape).masked_fill(~seen, -torch.inf)[:, None]

    def seen(self, real):
        past = torch.ones(real.size(1), real.size(1), dtype=torch.bool).tril()
        return real[:, None] & past


class ShowsTheFuture(HealthyMask):
    def seen(self, real):
        return real[:, None].expand(-1, real.size(1), -1)


class ShowsPadding(HealthyMask):
    def seen(self, real):
        past = torch.ones(real.size(1), real.size(1), dtype=torch.bool).tril()
        return past.expand(len(real), -1, -1)


class HidesWholeRows(HealthyMask):
    def forward(self, feature_tensor, padding_mask):
        seen = self.seen(padding_mask)
        return torch.zeros(seen.shape).masked_fill(~seen, -torch.inf)[:, None]


class HidesTheDistantPast(HealthyMask):
    def seen(self, real):
        return super().seen(real) & torch.ones(real.size(1), real.size(1)).triu(-2).bool()


class HealthyEmbedder(nn.Module):
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


class DrawsPadding(HealthyEmbedder):
    def draw(self):
        nn.init.normal_(self.table.weight)


class TrainsPadding(HealthyEmbedder):
    padding_idx = False


class CountsPaddingAsAnItem(HealthyEmbedder):
    def get_item_weights(self, indices=None):
        return self.table.weight if indices is None else self.table(indices)


class HealthyAggregator(nn.Module):
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


class CountsFromTheLeft(HealthyAggregator):
    def places(self, length):
        return self.positions[:length]


class MindsTheOrder(HealthyAggregator):
    def forward(self, feature_tensors):
        weighted = [tensor * (1 + i) for i, tensor in enumerate(feature_tensors.values())]
        return torch.stack(weighted).sum(0) + self.places(weighted[0].size(1))


class HealthyNorm(nn.Module):
    def forward(self, states):
        return states / (states.norm(dim=-1, keepdim=True) + 1e-6)


class DividesByZero(HealthyNorm):
    def forward(self, states):
        return states / states.norm(dim=-1, keepdim=True)


class NormsTheBatch(HealthyNorm):
    def forward(self, states):
        return states / (states.norm() + 1e-6)


class HealthyHead(nn.Module):
    def forward(self, hidden_states, item_embeddings):
        items = item_embeddings.expand(len(hidden_states), -1, -1)
        return (items @ hidden_states[..., None])[..., 0]


class KeepsADimension(HealthyHead):
    def forward(self, hidden_states, item_embeddings):
        return super().forward(hidden_states, item_embeddings)[..., None]


class ClaimsToBeADotProduct(HealthyHead):
    dot_product = True

    def forward(self, hidden_states, item_embeddings):
        return 2 * super().forward(hidden_states, item_embeddings)


class ComparesItems(HealthyHead):
    def forward(self, hidden_states, item_embeddings):
        return super().forward(hidden_states, item_embeddings).softmax(-1)
