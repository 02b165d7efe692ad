"""Models: one is right, each of the others wrong in one way."""

import torch
from seqrec_tool_conformance.scorers import PlainScorer
from torch import nn
from torch.nn import functional as F


class Healthy(nn.Module):
    """Scores items by the mean of the events so far."""

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
        output_hidden_states="final",
    ):
        states = self.states(feature_tensors["item_id"], padding_mask)
        returned = self.outputs(states, output_hidden_states)
        if self.training:
            loss = self.loss(self.scores(states), positive_labels[..., 0], target_padding_mask)
            return {"loss": loss, "hidden_states": returned}
        logits = self.of_candidates(self.scores(states[:, -1]), candidates_to_score)
        return {"logits": logits, "hidden_states": returned}

    def outputs(self, states, choice):
        return () if choice == "none" else (states,)

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

    def outputs(self, states, choice):
        return (states, states + 1) if choice == "all" else (states,)


class SeesTheWholeSequence(Healthy):
    """Right where its spec says so."""

    def states(self, items, real):
        events = self.table(items) * real[..., None]
        total = events.sum(1, keepdim=True) / real.sum(1).clamp(min=1)[:, None, None]
        return super().states(items, real) + total


class HealthyWithShortcuts(Healthy):
    """Right: computes the last state by itself, and lends a scorer."""

    def last_hidden_state(self, feature_tensors, padding_mask):
        return self.states(feature_tensors["item_id"], padding_mask)[:, -1]

    def scorer(self):
        return PlainScorer(self.table.weight, len(self.table.weight) - 1)


class ChangesForwardAlone(HealthyWithShortcuts):
    """A subclass whose shortcuts are those of another model."""

    def forward(
        self,
        feature_tensors,
        padding_mask,
        candidates_to_score=None,
        positive_labels=None,
        target_padding_mask=None,
    ):
        labels = {"positive_labels": positive_labels, "target_padding_mask": target_padding_mask}
        output = super().forward(feature_tensors, padding_mask, candidates_to_score, **labels)
        if self.training:
            return output
        popular = self.table.weight[:-1].norm(dim=1).expand(len(padding_mask), -1)
        logits = output["logits"] + self.of_candidates(popular, candidates_to_score)
        return {**output, "logits": logits}


class CannotBeSaved(Healthy):
    """Its state dict holds more than tensors, which safetensors does not write."""

    def get_extra_state(self):
        return {"version": 3}

    def set_extra_state(self, state):
        """Nothing to take over."""


class GrowsWhenItIsUsed(Healthy):
    """The bundle has a buffer that a new model lacks."""

    def states(self, items, real):
        if "used" not in dict(self.named_buffers()):
            self.register_buffer("used", torch.ones(1))
        return super().states(items, real)


class FitsItself(Healthy):
    """Right: scores every item by how often it was chosen."""

    def fit_closed_form(self, batches):
        with torch.no_grad():
            for batch in batches:
                counts = (
                    batch["positive_labels"].flatten().bincount(minlength=len(self.table.weight))
                )
                self.table.weight.copy_(counts[:, None].expand_as(self.table.weight) / 100)
        return True


class OnlySaysThatItFits(Healthy):
    def fit_closed_form(self, batches):
        return True
