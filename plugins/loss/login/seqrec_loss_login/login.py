"""Cross-entropy with several positives, summed inside the logarithm.

-log(sum of exp(p) / (sum of exp(p) + sum of exp(n))): it is enough that one positive is likely.
Multi-positive labels are those of arXiv:2205.04507.

Letters in shapes: B users, L positions, M of these with a target, R rows of a chunk, P positives of
a position, N negatives, D dim.
"""

import math

import torch
from seqrec_library_kernels.catalogue_loss import softmax_
from seqrec_library_kernels.contrast import contrast_loss
from seqrec_library_kernels.draw_frequency import LogQ, draw_logs
from seqrec_library_kernels.reference_call import takes_reference_call
from seqrec_library_kernels.sampled_loss import sampled_loss
from seqrec_library_kernels.targets import drawn_negatives, select_targets
from torch import Tensor, nn
from torch.nn import functional as F

from seqrec_core.contracts import Labels, ScorerProto

__all__ = ["LogInCE", "LogInCESampled"]


class LogInRows:
    """A contrast rule: -clamp(log(probability of the positives + epsilon)), (R,).

    The epsilon and the clamp keep the loss finite where a position's positives are hopeless.
    """

    def __init__(self, log_epsilon: float, clamp_border: float):
        self.floor = math.log(log_epsilon) if log_epsilon else -math.inf
        self.clamp_border = clamp_border

    def __call__(
        self,
        positives: Tensor,
        negatives: Tensor,
        mask: Tensor,
        weights: Tensor | None,
        gradient: bool,
    ) -> Tensor:
        """Return the losses (R,) of rows; see `ContrastRule`."""
        positives.masked_fill_(~mask, -math.inf)
        positive_sum = positives.logsumexp(-1)
        gap = (softmax_(negatives) if gradient else negatives.logsumexp(-1)) - positive_sum
        log_probability = F.logsigmoid(-gap)
        floored = torch.logaddexp(log_probability, log_probability.new_tensor(self.floor))
        losses = -floored.clamp(-self.clamp_border, self.clamp_border)
        if gradient:
            # Derivative of the loss by the gap: that of the floor times that of the log-sigmoid.
            slope = (log_probability - self.floor).sigmoid() * gap.sigmoid()
            slope *= floored.abs() <= self.clamp_border
            if weights is not None:
                slope *= weights
            softmax_(positives)
            positives.mul_(-slope[:, None])
            negatives.mul_(slope[:, None])
        return losses

    def total_weight(self, mask: Tensor) -> int:
        """Return the number of positions: the mean is over them."""
        return max(len(mask), 1)


class LogInCE(nn.Module):
    """Cross-entropy of all positives of a position together, against the whole catalogue.

    `log_epsilon` is added to the probability, and so is its floor; the logarithm is clamped to
    `clamp_border` on either side. The item `negative_labels_ignore_index` is never a negative.
    `cardinality` is the number of items, padding left out. The loss of no targets is 0.
    """

    def __init__(
        self,
        cardinality: int,
        log_epsilon: float = 1e-6,
        clamp_border: float = 100.0,
        negative_labels_ignore_index: int = -100,
    ):
        super().__init__()
        self.cardinality = cardinality
        self.log_epsilon = log_epsilon
        self.clamp_border = clamp_border
        self.negative_labels_ignore_index = negative_labels_ignore_index

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the mean over positions of hidden states (B, L, D) with positives (B, L, P).

        Raises ValueError if the model's catalogue has not `cardinality` items.
        """
        targets = select_targets(hidden_states, labels)
        return contrast_loss(
            LogInRows(self.log_epsilon, self.clamp_border),
            targets,
            scorer,
            self.cardinality,
            self.negative_labels_ignore_index,
        )


class LogInCESampled(nn.Module):
    """Cross-entropy of all positives of a position together, against drawn negatives.

    A negative that is one of the position's own positives, or equals
    `negative_labels_ignore_index`, is left out; the other arguments are those of `LogInCE`.
    With `logq` "negatives" the logits of negatives are first lowered by the logarithm of how often
    each is expected among them (arXiv:2507.09331); with "both" those of positives too.
    """

    def __init__(
        self,
        log_epsilon: float = 1e-6,
        clamp_border: float = 100.0,
        negative_labels_ignore_index: int = -100,
        logq: LogQ = "none",
    ):
        super().__init__()
        self.log_epsilon = log_epsilon
        self.clamp_border = clamp_border
        self.negative_labels_ignore_index = negative_labels_ignore_index
        self.logq: LogQ = logq

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the mean over positions of hidden states (B, L, D) with positives (B, L, P).

        Raises ValueError for labels without negatives, or without what `logq` asks for.
        """
        targets = select_targets(hidden_states, labels)
        rule = LogInRows(self.log_epsilon, self.clamp_border)
        return sampled_loss(
            rule,
            targets,
            drawn_negatives(self, labels),
            scorer,
            self.negative_labels_ignore_index,
            lowered=draw_logs(self, labels, self.logq),
        )
