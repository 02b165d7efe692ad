"""Binary cross-entropy: every item is a question of its own, over the catalogue or a sample.

Letters in shapes: B users, L positions, M of these with a target, R rows of a chunk, P positives of
a position, N negatives, V items, D dim.
"""

import math
from typing import Literal

import torch
from seqrec_library_kernels.catalogue_loss import Chunk, catalogue_loss
from seqrec_library_kernels.contrast import NEVER, count_pairs
from seqrec_library_kernels.draw_frequency import draw_logs
from seqrec_library_kernels.reference_call import takes_reference_call
from seqrec_library_kernels.sampled_loss import sampled_loss
from seqrec_library_kernels.targets import drawn_negatives, select_targets
from torch import Tensor, nn
from torch.nn import functional as F

from seqrec_core.contracts import Labels, ScorerProto

__all__ = ["BCE", "BCESampled"]


class BinaryRows:
    """A row rule: logits (R, V) to summed cross-entropies (R,) and, in place, their gradient.

    The columns (M, P) are positives where `mask` (M, P) is True, counted once; the others repeat
    one of these. `weight` and `pos_weight` (V,) are those of `torch.nn.BCEWithLogitsLoss`.
    """

    def __init__(
        self, columns: Tensor, mask: Tensor, weight: Tensor | None, pos_weight: Tensor | None
    ):
        earlier = (columns[:, :, None] == columns[:, None, :]) & mask[:, None, :]
        self.columns, self.mask = columns, mask & ~earlier.tril(-1).any(-1)
        self.weight, self.pos_weight = weight, pos_weight

    def __call__(self, chunk: Chunk) -> Tensor:
        """Return the losses of a chunk; see `RowRule`."""
        logits, columns = chunk.logits, self.columns[chunk.rows]
        positives = logits.gather(1, columns)
        weight = 1.0 if self.weight is None else self.weight[columns]
        gain = 1.0 if self.pos_weight is None else self.pos_weight[columns]
        as_negatives = _softplus(logits)  # the loss if no item were a positive
        if self.weight is not None:
            as_negatives *= self.weight
        # What it changes that some are: their terms as positives less those as negatives.
        switch = weight * (gain * _softplus(-positives) - _softplus(positives))
        losses = as_negatives.sum(-1) + (switch * self.mask[chunk.rows]).sum(-1)
        if chunk.gradient:
            logits.sigmoid_()
            if self.weight is not None:
                logits *= self.weight
            logits.scatter_(1, columns, -weight * gain * (-positives).sigmoid())
            if chunk.weights is not None:
                logits *= chunk.weights[:, None]
        return losses


class BCE(nn.Module):
    """Binary cross-entropy over the whole catalogue: positives are yes, all other items no.

    Summed over items, divided by the number of positions with a target; 0 if there is none.
    `weight` and `pos_weight` (V,) are those of `torch.nn.BCEWithLogitsLoss`.
    """

    def __init__(self, weight: Tensor | None = None, pos_weight: Tensor | None = None):
        super().__init__()
        self.weight: Tensor | None
        self.pos_weight: Tensor | None
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss of hidden states (B, L, D) for positives (B, L, P).

        A positive that does not count is none, whatever its value; one that stands twice counts
        once.
        """
        targets = select_targets(hidden_states, labels)
        columns = scorer.columns(targets.labels)
        rule = BinaryRows(columns, targets.mask, self.weight, self.pos_weight)
        return catalogue_loss(rule, targets.hidden, scorer) / max(len(columns), 1)


class BinarySampleRows:
    """A contrast rule: binary cross-entropies with a floor, summed over a row, (R,).

    -clamp(log(sigmoid(x) + epsilon)), x a positive or minus a negative; the negatives count once
    for each positive. Every digit is right where the sigmoid is close to 1 or to 0.
    """

    def __init__(self, log_epsilon: float, clamp_border: float):
        self.log_epsilon, self.clamp_border = log_epsilon, clamp_border
        lowest = math.log(log_epsilon) if log_epsilon else -math.inf
        self.clamps = clamp_border < max(-lowest, math.log1p(log_epsilon))

    def __call__(
        self,
        positives: Tensor,
        negatives: Tensor,
        mask: Tensor,
        weights: Tensor | None,
        gradient: bool,
    ) -> Tensor:
        """Return the losses (R,) of rows; see `ContrastRule`."""
        absent = negatives < NEVER / 2
        pairs = mask.sum(-1, keepdim=True)
        losses = self.terms(positives, ~mask, gradient).sum(-1)
        losses += pairs.squeeze(-1) * self.terms(negatives.neg_(), absent, gradient).sum(-1)
        if gradient:
            factors = pairs if weights is None else pairs * weights[:, None]
            negatives *= -factors
            if weights is not None:
                positives *= weights[:, None]
        return losses

    def total_weight(self, mask: Tensor) -> Tensor:
        """Return the number of pairs: the mean is over positives."""
        return count_pairs(mask)

    def terms(self, logits: Tensor, absent: Tensor, gradient: bool) -> Tensor:
        """Return the terms, 0 where `absent`; with `gradient`, turn the logits into theirs."""
        logs, slopes = self.logarithms(logits)
        if self.clamps:
            slopes.masked_fill_(logs.abs() > self.clamp_border, 0)
            logs.clamp_(-self.clamp_border, self.clamp_border)
        if gradient:
            torch.neg(slopes.masked_fill_(absent, 0), out=logits)
        return logs.neg_().masked_fill_(absent, 0)

    def logarithms(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Return log(sigmoid(x) + epsilon) and its derivative."""
        no = logits.neg().sigmoid_()
        if not self.log_epsilon:
            return F.logsigmoid(logits), no
        yes = logits.sigmoid()
        # Above 1/2 the first logarithm is the value, below the second; the other is that of 1/2.
        logs = (self.log_epsilon - no.clamp(max=0.5)).log1p_()
        logs += yes.clamp(max=0.5).add_(self.log_epsilon).log_()
        logs -= math.log(0.5 + self.log_epsilon)
        return logs, no.mul_(yes).div_(yes.add_(self.log_epsilon))


class BCESampled(nn.Module):
    """Binary cross-entropy of each positive and the negatives that were drawn.

    Summed over items, divided by the number of positives; 0 if there is none. The loss of an
    item is -log(probability + `log_epsilon`), clamped to `clamp_border` on either side; with a
    `log_epsilon` of 0 it is the exact one, whose gradient never vanishes. A negative that is one
    of the position's own positives, or equals `negative_labels_ignore_index`, is left out.

    With `logq` "both" all logits are first lowered by the logarithm of how often the item is
    expected among the negatives: noise-contrastive estimation (Gutmann and Hyvarinen, AISTATS 2010;
    Mnih and Teh, ICML 2012). Scores then become log-odds of the next item, however negatives are
    drawn. To lower those of negatives alone would push apart two answers about one item.
    """

    def __init__(
        self,
        log_epsilon: float = 1e-6,
        clamp_border: float = 100.0,
        negative_labels_ignore_index: int = -100,
        logq: Literal["none", "both"] = "none",
    ):
        super().__init__()
        self.log_epsilon = log_epsilon
        self.clamp_border = clamp_border
        self.negative_labels_ignore_index = negative_labels_ignore_index
        self.logq: Literal["none", "both"] = logq

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss of hidden states (B, L, D) for positives (B, L, P).

        Raises ValueError for labels without negatives, or without what `logq` asks for.
        """
        targets = select_targets(hidden_states, labels)
        rule = BinarySampleRows(self.log_epsilon, self.clamp_border)
        return sampled_loss(
            rule,
            targets,
            drawn_negatives(self, labels),
            scorer,
            self.negative_labels_ignore_index,
            lowered=draw_logs(self, labels, self.logq),
        )


def _softplus(logits: Tensor) -> Tensor:
    """Return log(1 + exp(x)), to the last digit of double precision."""
    return F.softplus(logits, threshold=40)
