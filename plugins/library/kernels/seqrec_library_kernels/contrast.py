"""Losses that set the positives of a position against its negatives.

A *contrast* is a row rule (see `catalogue_loss`) in two halves. The `ContrastRule` is the formula:
it sees the logits of positives and of negatives apart and does not care where they come from. The
other half takes both from a chunk of rows: `InCatalogue` out of the logits of the whole catalogue,
`InSample` out of those of the negatives that were drawn. So one formula makes two losses.

Letters in shapes: M positions with a target, R of them in a chunk, P positives of a position,
C columns of the logits, N negatives that were drawn, G groups that share a draw.
"""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from seqrec_core.contracts import ScorerProto
from seqrec_library_kernels.catalogue_loss import Chunk, chunks, matrix_loss, softmax_
from seqrec_library_kernels.cross_entropy import Reduction, is_summed
from seqrec_library_kernels.targets import Targets

__all__ = [
    "NEVER",
    "ContrastRule",
    "InCatalogue",
    "InSample",
    "PairCrossEntropy",
    "contrast_loss",
    "count_pairs",
    "reduced",
]

NEVER = -1e9
"""Logit of an item that is no negative here; its probability is exactly zero."""


class ContrastRule(Protocol):
    """The formula of a loss: how logits of positives and negatives turn into losses, gradients."""

    def __call__(
        self,
        positives: Tensor,
        negatives: Tensor,
        mask: Tensor,
        weights: Tensor | None,
        gradient: bool,
        /,
    ) -> Tensor:
        """Return the losses, (R,) or (R, P), of logits (R, P) against logits (R, C).

        `mask` (R, P) is True where a positive counts. With `gradient`, both logits hold on return
        the gradient of the sum of losses times `weights` (as the losses; 1 for None).
        """

    def total_weight(self, mask: Tensor, /) -> Tensor | int:
        """Return what the mean of the losses divides their sum by."""


def contrast_loss(
    rule: ContrastRule,
    targets: Targets,
    scorer: ScorerProto,
    cardinality: int,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Tensor:
    """Return a loss of targets against all other items; for the reductions see `reduced`.

    The item `ignore_index`, if there is one, is nobody's negative.

    Raises ValueError if the catalogue has not `cardinality` items.
    """
    weight = scorer.item_weights()
    if len(weight) != cardinality:
        raise ValueError(
            f"cardinality is {cardinality}, and the model has {len(weight)} items; give the "
            "number of items, padding left out"
        )
    never = scorer.columns(targets.labels.new_tensor([ignore_index]))
    never = never[(never >= 0) & (never < cardinality)]
    row_rule = InCatalogue(rule, scorer.columns(targets.labels), targets.mask, never)
    losses = matrix_loss(
        row_rule,
        targets.hidden,
        weight,
        scorer,
        weights=targets.weights,
        summed=is_summed(reduction),
    )
    return reduced(rule, losses, targets, reduction)


def reduced(rule: ContrastRule, losses: Tensor, targets: Targets, reduction: Reduction) -> Tensor:
    """Return the mean of a weighted sum of losses, 0 if there are none; or that sum itself.

    With weights of the targets the mean is over the pairs that count, whatever their weights.
    Reduction "none" takes the unweighted losses and returns those that count, in order.
    """
    if reduction == "none":
        return losses if losses.dim() == 1 else losses[targets.mask]
    if reduction == "sum":
        return losses
    if targets.weights is None:
        return losses / rule.total_weight(targets.mask)
    return losses / count_pairs(targets.mask)


def count_pairs(mask: Tensor) -> Tensor:
    """Return how many pairs of position and label count, at least 1."""
    return mask.sum().clamp(min=1)


class InCatalogue:
    """A row rule: columns (M, P) of the catalogue are the positives, all others negatives.

    `mask` (M, P) is True where a positive counts; the columns `never` (K,) are no negatives.
    """

    def __init__(self, rule: ContrastRule, columns: Tensor, mask: Tensor, never: Tensor):
        self.rule, self.columns, self.mask, self.never = rule, columns, mask, never

    def __call__(self, chunk: Chunk) -> Tensor:
        """Return the losses of a chunk; see `RowRule`."""
        columns = self.columns[chunk.rows]
        positives = chunk.logits.gather(1, columns)
        negatives = chunk.logits.scatter_(1, columns, NEVER)
        if len(self.never):
            negatives.index_fill_(1, self.never, NEVER)
        mask = self.mask[chunk.rows]
        losses = self.rule(positives, negatives, mask, chunk.weights, chunk.gradient)
        if chunk.gradient:
            negatives.scatter_add_(1, columns, positives)
        return losses


class InSample:
    """A row rule: the columns are items that were drawn as negatives; the positives come beside.

    `negatives` holds their ids, (N,), or (G, N) with the `group` (M,) of each row. One that is
    a positive of the row, `labels` (M, P), or equals `ignore_index`, is no negative. Logits of the
    others are lowered by `logq`, shaped as the negatives, if it is there.
    """

    def __init__(
        self,
        rule: ContrastRule,
        labels: Tensor,
        mask: Tensor,
        negatives: Tensor,
        group: Tensor | None,
        ignore_index: int,
        logq: Tensor | None = None,
    ):
        self.rule, self.labels, self.mask = rule, labels, mask
        self.negatives, self.group, self.ignore_index = negatives, group, ignore_index
        self.logq = logq

    def __call__(self, chunk: Chunk) -> Tensor:
        """Return the losses of a chunk; see `RowRule`."""
        assert chunk.positives is not None
        self._lower(chunk)
        negatives = self.negatives if self.group is None else self.negatives[self.group[chunk.rows]]
        absent = negatives == self.ignore_index
        for label in self.labels[chunk.rows].T[..., None]:
            absent = absent | (negatives == label)
        logits = chunk.logits.masked_fill_(absent, NEVER)
        mask = self.mask[chunk.rows]
        return self.rule(chunk.positives, logits, mask, chunk.weights, chunk.gradient)

    def _lower(self, chunk: Chunk) -> None:
        """Lower the logits of a chunk in place; nothing of its size is made."""
        if self.logq is None:
            return
        if self.group is None:
            chunk.logits.sub_(self.logq)
            return
        group = self.group[chunk.rows]
        for rows in chunks(len(group), self.logq.size(1) * 4, group.device):
            chunk.logits[rows].sub_(self.logq[group[rows]])


class PairCrossEntropy:
    """A contrast rule: cross-entropy of each positive alone against all negatives, (R, P).

    -log(exp(p) / (exp(p) + sum of exp(n))), as `torch.nn.CrossEntropyLoss` over the classes
    "positive" and "negative n". `weight` (1 + C,) weighs these classes. Label smoothing spreads
    over the classes that are there: a negative that is none gets no share.
    """

    def __init__(self, weight: Tensor | None = None, label_smoothing: float = 0.0):
        self.weight, self.label_smoothing = weight, label_smoothing

    def __call__(
        self,
        positives: Tensor,
        negatives: Tensor,
        mask: Tensor,
        weights: Tensor | None,
        gradient: bool,
    ) -> Tensor:
        """Return the losses of pairs (R, P), 0 where the mask is False; see `ContrastRule`."""
        pairs = mask.to(positives) if weights is None else mask * weights
        scale = 1.0 if self.weight is None else self.weight[0]
        if self.label_smoothing:
            others = (negatives > NEVER / 2).to(negatives)
            spread = self.label_smoothing / (1 + others.sum(-1, keepdim=True))
            if self.weight is not None:
                others *= self.weight[1:]
            mass, total = others.sum(-1, keepdim=True), (others * negatives).sum(-1, keepdim=True)
            scale = (1 - self.label_smoothing) * scale + spread * (scale + mass)
        partition = softmax_(negatives) if gradient else negatives.logsumexp(-1)
        gap = partition[:, None] - positives
        losses = scale * -F.logsigmoid(-gap)
        if self.label_smoothing:
            losses += spread * (mass * positives - total)
        if gradient:
            slope = scale * gap.sigmoid() * pairs
            positives.copy_(-slope)
            negatives.mul_(slope.sum(-1, keepdim=True))
            if self.label_smoothing:
                positives += spread * mass * pairs
                negatives -= spread * pairs.sum(-1, keepdim=True) * others
        return losses * mask

    def total_weight(self, mask: Tensor) -> Tensor:
        """Return the number of pairs, times their class weight, as torch's mean divides by it."""
        pairs = count_pairs(mask)
        if self.weight is None:
            return pairs
        exact = torch.promote_types(self.weight.dtype, torch.float32)  # a sum in half overflows
        return pairs * self.weight[0].to(exact)
