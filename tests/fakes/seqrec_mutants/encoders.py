"""Encoders: one is right, each of the others wrong in one way."""

import random

import torch
from torch import nn
from torch.nn import functional as F


class Healthy(nn.Module):
    """Adds the mean of what each position sees, through a linear map."""

    def __init__(self, embedding_dim, dropout):
        super().__init__()
        self.mix = nn.Linear(embedding_dim, embedding_dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, feature_tensors, input_embeddings, padding_mask, attention_mask):
        seen = self.look(input_embeddings, padding_mask, attention_mask)
        return input_embeddings + self.dropout(self.mix(seen))

    def look(self, embeddings, real, mask):
        weights = mask.view(len(embeddings), -1, *mask.shape[-2:])[:, 0].softmax(-1)
        return weights.to(embeddings.dtype) @ embeddings


class LooksIntoTheFuture(Healthy):
    def look(self, embeddings, real, mask):
        total = (embeddings * real[..., None]).sum(1, keepdim=True)
        return (total / real.sum(1)[:, None, None].clamp(min=1)).expand_as(embeddings)


class CountsPositionsFromTheLeft(Healthy):
    def look(self, embeddings, real, mask):
        places = torch.arange(embeddings.size(1), dtype=embeddings.dtype)[:, None]
        return super().look(embeddings, real, mask) + places


class SeesPadding(Healthy):
    """The embedding of padding at the far left is added, if there is any."""

    def look(self, embeddings, real, mask):
        first = embeddings[:, :1] * ~real[:, :1, None]
        return super().look(embeddings, real, mask) + first


class DividesByTheNumberOfEvents(Healthy):
    def look(self, embeddings, real, mask):
        count = real.sum(1)[:, None, None]
        return super().look(embeddings, real, mask) / count.to(embeddings.dtype)


class SeesOtherUsers(Healthy):
    def look(self, embeddings, real, mask):
        mean = super().look(embeddings, real, mask)
        return mean + (embeddings * real[..., None]).sum(0)


class EditsItsMask(Healthy):
    def look(self, embeddings, real, mask):
        mask.masked_fill_(mask == -torch.inf, -1e9)
        return super().look(embeddings, real, mask)


class KeepsDropoutInEvaluation(Healthy):
    def look(self, embeddings, real, mask):
        seen = super().look(embeddings, real, mask)
        return F.dropout(seen, self.dropout.p, training=True)


class ScalesInTraining(Healthy):
    def look(self, embeddings, real, mask):
        scale = 2 if self.training else 1
        return super().look(embeddings, real, mask) * scale


class HasAnIdleWeight(Healthy):
    def __init__(self, embedding_dim, dropout):
        super().__init__(embedding_dim, dropout)
        self.idle = nn.Parameter(torch.ones(embedding_dim))


class HoldsALambda(Healthy):
    def __init__(self, embedding_dim, dropout):
        super().__init__(embedding_dim, dropout)
        self.activation = lambda states: states

    def look(self, embeddings, real, mask):
        return self.activation(super().look(embeddings, real, mask))


class DrawsWeightsWithPython(Healthy):
    def __init__(self, embedding_dim, dropout):
        super().__init__(embedding_dim, dropout)
        nn.init.constant_(self.mix.bias, random.random())


class HidesItsState(Healthy):
    def __init__(self, embedding_dim, dropout):
        super().__init__(embedding_dim, dropout)
        self.offset = torch.rand(())  # neither parameter nor buffer

    def look(self, embeddings, real, mask):
        return super().look(embeddings, real, mask) + self.offset


class LivesOnTheCPU(Healthy):
    def __init__(self, embedding_dim, dropout):
        super().__init__(embedding_dim, dropout)
        self.offset = nn.Parameter(torch.zeros(embedding_dim, device="cpu"))

    def look(self, embeddings, real, mask):
        return super().look(embeddings, real, mask) + self.offset


class ReturnsFloat32(Healthy):
    def forward(self, feature_tensors, input_embeddings, padding_mask, attention_mask):
        states = super().forward(feature_tensors, input_embeddings, padding_mask, attention_mask)
        return states.float()


class BranchesOnValues(Healthy):
    def look(self, embeddings, real, mask):
        seen = super().look(embeddings, real, mask)
        return seen if seen.sum() > 0 else seen * 1.0


class TakesOneMaskForAllHeads(Healthy):
    def look(self, embeddings, real, mask):
        weights = mask.reshape(-1, *mask.shape[-2:])[: len(embeddings)].softmax(-1)
        return weights.to(embeddings.dtype) @ embeddings


class ShortcutGoesElsewhere(Healthy):
    def forward_last(self, feature_tensors, input_embeddings, padding_mask, attention_mask):
        return self(feature_tensors, input_embeddings, padding_mask, attention_mask)[:, 0]


class ShortcutForgetsTheBias(Healthy):
    """Which is 0 until it is trained."""

    def __init__(self, embedding_dim, dropout):
        super().__init__(embedding_dim, dropout)
        nn.init.zeros_(self.mix.bias)

    def forward_last(self, feature_tensors, input_embeddings, padding_mask, attention_mask):
        states = self(feature_tensors, input_embeddings, padding_mask, attention_mask)
        return states[:, -1] - self.mix.bias


class ShortcutForgetsABuffer(Healthy):
    """The mean of what it has seen, which is 0 until it has seen anything."""

    def __init__(self, embedding_dim, dropout):
        super().__init__(embedding_dim, dropout)
        self.register_buffer("mean", torch.zeros(embedding_dim))

    def look(self, embeddings, real, mask):
        return super().look(embeddings - self.mean, real, mask)

    def forward_last(self, feature_tensors, input_embeddings, padding_mask, attention_mask):
        seen = super().look(input_embeddings, padding_mask, attention_mask)
        return (input_embeddings + self.mix(seen))[:, -1]


class ShortcutThatIsNone(Healthy):
    """Right: it goes the long way."""

    def forward_last(self, feature_tensors, input_embeddings, padding_mask, attention_mask):
        return None


class ReadsTimes(Healthy):
    """Right where batches have times: what happened later counts less."""

    def forward(self, feature_tensors, input_embeddings, padding_mask, attention_mask):
        states = super().forward(feature_tensors, input_embeddings, padding_mask, attention_mask)
        days = (feature_tensors["timestamp"] - 1_600_000_000) / 86400
        return states * torch.exp(-days / 1000).to(states.dtype)[..., None]


class SwallowsTypos(Healthy):
    def __init__(self, embedding_dim, dropout, **options):
        super().__init__(embedding_dim, dropout)


class TakesMoreThanItsSpecSays(Healthy):
    def __init__(self, embedding_dim, dropout, activation="relu"):
        super().__init__(embedding_dim, dropout)


class TakesLessThanItsSpecSays(Healthy):
    def __init__(self, embedding_dim):
        super().__init__(embedding_dim, 0.0)


class HealthyOfItems(nn.Module):
    """Maps each item by itself."""

    def __init__(self, embedding_dim):
        super().__init__()
        self.mix = nn.Linear(embedding_dim, embedding_dim)

    def forward(self, input_embeddings, feature_tensors):
        return self.mix(input_embeddings)


class SeesOtherItems(HealthyOfItems):
    def forward(self, input_embeddings, feature_tensors):
        return self.mix(input_embeddings - input_embeddings.mean(0))
