"""Models: one is right, each of the others wrong in one way."""

import torch
from torch import nn
from torch.nn import functional as F


class Healthy(nn.Module):
    """Scores items by the mean of the events so far."""

    output_hidden_states = "final"

    def __init__(self, schema, embedding_dim):
        super().__init__()
        items = schema.item_id_features.item().cardinality
        self.table = nn.Embedding(items + 1, embedding_dim)

    def forward(
        self,
        feature_tensors,
        padding_mask,
        candidates_to_score=None,
        positive_labels=None,
        negative_labels=None,
        target_padding_mask=None,
    ):
        states = self.states(feature_tensors["item_id"], padding_mask)
        if self.training:
            loss = self.loss(self.scores(states), positive_labels[..., 0], target_padding_mask)
            return {"loss": loss, "hidden_states": self.outputs(states)}
        logits = self.of_candidates(self.scores(states[:, -1]), candidates_to_score)
        return {"logits": logits, "hidden_states": self.outputs(states)}

    def outputs(self, states):
        return (states,)

    def states(self, items, real):
        events = self.table(items) * real[..., None]
        return events.cumsum(1) / real.cumsum(1).clamp(min=1)[..., None]

    def scores(self, states):
        return states @ self.table.weight[:-1].T

    def of_candidates(self, scores, candidates):
        if candidates is None:
            return scores
        return scores.gather(1, candidates.expand(len(scores), -1))

    def loss(self, scores, labels, mask):
        counts = self.counted(mask[..., 0])
        return F.cross_entropy(scores[counts], labels[counts].clamp(max=scores.size(-1) - 1))

    def counted(self, mask):
        return mask


class TakesTheFirstForCandidates(Healthy):
    def of_candidates(self, scores, candidates):
        return scores if candidates is None else scores[:, : candidates.size(-1)]


class ScoresPaddingToo(Healthy):
    def scores(self, states):
        return states @ self.table.weight.T


class LearnsFromPadding(Healthy):
    def counted(self, mask):
        return torch.ones_like(mask)


class LosesItsStates(Healthy):
    """With all hidden states asked for, the final one is not the last."""

    def outputs(self, states):
        return (states, states + 1) if self.output_hidden_states == "all" else (states,)
