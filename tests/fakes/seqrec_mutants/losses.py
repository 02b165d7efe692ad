"""Losses: three are right, each of the others wrong in one way."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

ROWS = 64


class Healthy(nn.Module):
    """Cross-entropy over the catalogue, in chunks of rows that are computed again in backward."""

    def forward(self, hidden_states, labels, *, scorer):
        if labels.positives.size(-1) > 1:
            raise NotImplementedError("one positive a position")
        counts = self.counted(labels)
        hidden = hidden_states[counts]
        columns = self.columns(labels.positives[..., 0][counts], scorer)
        losses = [
            self.chunk(hidden[i : i + ROWS], columns[i : i + ROWS], scorer)
            for i in range(0, max(len(hidden), 1), ROWS)
        ]
        return torch.stack(losses).sum() / self.number(counts)

    def counted(self, labels):
        return labels.mask[..., 0]

    def columns(self, labels, scorer):
        return scorer.columns(labels)

    def chunk(self, hidden, labels, scorer):
        def total(hidden, weights):
            logits = self.logits(hidden, weights, scorer)
            return F.cross_entropy(logits, labels, reduction="sum")

        return checkpoint(total, hidden, scorer.item_weights(), use_reentrant=False)

    def logits(self, hidden, weights, scorer):
        return scorer.head(hidden, weights)

    def number(self, counts):
        return max(int(counts.sum()), 1)


class CountsPadding(Healthy):
    """The mean is over B * L."""

    def number(self, counts):
        return counts.numel()


class DividesByNoTarget(Healthy):
    def number(self, counts):
        return counts.sum()


class TrustsLabelsMoreThanTheMask(Healthy):
    """Whatever is no item is padding, says this loss."""

    def forward(self, hidden_states, labels, *, scorer):
        items = len(scorer.item_weights()) + int(scorer.padding_value == 0)
        known = (labels.positives >= 0) & (labels.positives < items)
        return super().forward(hidden_states, labels._replace(mask=known), scorer=scorer)


class HoldsAllScores(Healthy):
    def forward(self, hidden_states, labels, *, scorer):
        if labels.positives.size(-1) > 1:
            raise NotImplementedError("one positive a position")
        counts = labels.mask[..., 0]
        columns = scorer.columns(labels.positives[..., 0][counts])
        total = F.cross_entropy(scorer(hidden_states[counts]), columns, reduction="sum")
        return total / self.number(counts)


class ForgetsTheHead(Healthy):
    def logits(self, hidden, weights, scorer):
        return hidden @ weights.T


class TakesIdsForColumns(Healthy):
    def columns(self, labels, scorer):
        return labels


class Overflows(Healthy):
    def chunk(self, hidden, labels, scorer):
        scores = scorer(hidden).exp()
        likelihoods = scores.gather(1, labels[:, None])[:, 0]
        return -(likelihoods / scores.sum(-1)).log().sum()


class WrongSlope(torch.autograd.Function):
    @staticmethod
    def forward(ctx, loss):
        return loss.clone()

    @staticmethod
    def backward(ctx, slope):
        return slope * 2


class HasTheWrongGradient(Healthy):
    def forward(self, hidden_states, labels, *, scorer):
        return WrongSlope.apply(super().forward(hidden_states, labels, scorer=scorer))


class SumsUsersByTheirPlace(Healthy):
    def counted(self, labels):
        mask = super().counted(labels)
        first = torch.zeros_like(mask)
        first[0] = True
        return mask & first


class AsksForNegativesInSecret(Healthy):
    def forward(self, hidden_states, labels, *, scorer):
        if labels.negatives is None:
            raise ValueError("it compares with negatives")
        return super().forward(hidden_states, labels, scorer=scorer)


class StumblesOverMissingNegatives(Healthy):
    def forward(self, hidden_states, labels, *, scorer):
        assert labels.negatives.dim() > 0
        return super().forward(hidden_states, labels, scorer=scorer)


class Sampled(nn.Module):
    """Cross-entropy of one positive against drawn negatives; right."""

    def __init__(self, negative_labels_ignore_index):
        super().__init__()
        self.ignored = negative_labels_ignore_index

    def forward(self, hidden_states, labels, *, scorer):
        if labels.positives.size(-1) > 1:
            raise NotImplementedError("one positive a position")
        if labels.negatives is None:
            raise ValueError("it compares with negatives")
        counts = labels.mask[..., 0]
        negatives = self.spread(labels.negatives, counts)[counts]
        absent = self.absent(negatives)
        ids = torch.cat([labels.positives[counts], negatives.masked_fill(absent, 1)], -1)
        logits = scorer(hidden_states[counts], ids)
        logits = torch.cat([logits[:, :1], self.lowered(logits[:, 1:], labels, counts)], -1)
        logits[:, 1:].masked_fill_(absent, -1e9)
        losses = -logits.log_softmax(-1)[:, 0]
        return losses.sum() / max(len(losses), 1)

    def spread(self, negatives, counts):
        if negatives.dim() == 2:
            negatives = negatives[:, None]
        return negatives.expand(*counts.shape, -1)

    def absent(self, negatives):
        return negatives == self.ignored

    def lowered(self, logits, labels, counts):
        return logits


class Corrected(Sampled):
    """Lowers logits by the logarithm of how often items are drawn; right."""

    def lowered(self, logits, labels, counts):
        if labels.negative_logq is None:
            raise ValueError("it corrects for how often negatives are drawn")
        return logits - self.spread(labels.negative_logq, counts)[counts]


class CorrectsInSecret(Sampled):
    def lowered(self, logits, labels, counts):
        if labels.negative_logq is None:
            return logits
        return logits - self.spread(labels.negative_logq, counts)[counts]


class HealthyThatSaysSo(Healthy):
    """It needs no negatives, but its spec says that it does."""

    def __init__(self, negative_labels_ignore_index):
        super().__init__()


class CountsIgnoredNegatives(Sampled):
    def absent(self, negatives):
        return negatives < -1000


class MixesUpNegatives(Sampled):
    """Takes (B, N) for one set a position of the whole batch, turned."""

    def spread(self, negatives, counts):
        if negatives.dim() == 2:
            negatives = negatives[:, None].flip(-1) + 1
        return negatives.expand(*counts.shape, -1)
