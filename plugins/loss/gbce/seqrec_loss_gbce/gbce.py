"""Generalised binary cross-entropy of positives and of uniformly drawn negatives.

Letters in shapes: B users, L positions, R rows of a chunk, P positives of a position, N negatives,
V items, D dim.
"""

import torch
from seqrec_library_kernels.contrast import NEVER, count_pairs
from seqrec_library_kernels.reference_call import takes_reference_call
from seqrec_library_kernels.sampled_loss import sampled_loss
from seqrec_library_kernels.targets import drawn_negatives, select_targets
from torch import Tensor, nn
from torch.nn import functional as F

from seqrec_core.contracts import Labels, ScorerProto

__all__ = ["GBCE"]


class GBCERows:
    """A contrast rule: generalised binary cross-entropies, summed over the pairs of a row, (R,).

    -(beta log(sigmoid(p)) + sum of log(1 - sigmoid(n))) / (number of negatives + 1) of each
    positive, all from log-sigmoids, so that logits of any size keep their digits. With `has_prior`
    p and n are lowered by log(number of negatives / beta).
    """

    def __init__(self, cardinality: int, calibration: float, has_prior: bool = False):
        self.others, self.calibration = max(cardinality - 1, 1), calibration
        self.has_prior = has_prior

    def __call__(
        self,
        positives: Tensor,
        negatives: Tensor,
        mask: Tensor,
        weights: Tensor | None,
        gradient: bool,
    ) -> Tensor:
        """Return the losses (R,) of rows; see `ContrastRule`."""
        exact = torch.promote_types(positives.dtype, torch.float32)
        number = (negatives > NEVER / 2).sum(-1, keepdim=True).to(exact)
        share = (number / self.others).clamp(max=1)  # more than all: some were drawn twice
        beta = 1 - self.calibration * (1 - share)
        scale = mask / (number + 1)  # of each positive, (R, P)
        if self.has_prior:
            prior = (number.clamp(min=1) / beta.clamp(min=1 / self.others)).log()
            lower = Tensor.sub_ if gradient else Tensor.sub
            positives, negatives = lower(positives, prior), lower(negatives, prior)
        positive = (beta * F.logsigmoid(positives) * scale).sum(-1)
        total = scale.sum(-1, keepdim=True)
        losses = -(positive + total.squeeze(-1) * F.logsigmoid(-negatives).sum(-1))
        if gradient:
            factor = scale if weights is None else scale * weights[:, None]
            positives.neg_().sigmoid_().mul_(-beta * factor)
            negatives.sigmoid_().mul_(factor.sum(-1, keepdim=True))
        return losses

    def total_weight(self, mask: Tensor) -> Tensor:
        """Return the number of pairs: the mean is over positives."""
        return count_pairs(mask)


class GBCE(nn.Module):
    """Generalised binary cross-entropy: a positive counts with its probability to the power beta.

    -(log(sigmoid(s)^beta) + sum of log(1 - sigmoid(s_k))) / (n + 1), the mean over positives; 0
    if there is none. The n negatives are a share alpha = n / (V - 1) of all, and beta =
    alpha (t (1 - 1/alpha) + 1/alpha) = 1 - t (1 - alpha) with the `calibration` t. With t = 0 this
    is binary cross-entropy, which takes few negatives for all and makes scores too sure; with t = 1
    the probabilities are those that all negatives would give.

    A negative that is one of the position's own positives, or equals
    `negative_labels_ignore_index`, is left out and not counted. The formula is for negatives that
    are drawn alike. `cardinality` is V, padding left out.

    Source: Petrov and Macdonald, "gSASRec: Reducing Overconfidence in Sequential Recommendation
    Trained with Negative Sampling", RecSys 2023, arXiv:2308.07192, equations for gBCE and beta(t).
    """

    def __init__(
        self,
        cardinality: int,
        calibration: float = 0.75,
        negative_labels_ignore_index: int = -100,
        has_prior: bool = False,
    ):
        super().__init__()
        if cardinality < 1:
            raise ValueError(f"cardinality is {cardinality}; give the number of items, at least 1")
        if not 0 <= calibration <= 1:
            raise ValueError(f"calibration is {calibration}; it must be between 0 and 1")
        self.cardinality = cardinality
        self.calibration = calibration
        self.negative_labels_ignore_index = negative_labels_ignore_index
        self.has_prior = has_prior

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss of hidden states (B, L, D) for positives (B, L, P).

        Negatives are (N,), (B, N) or (B, L, N). Raises ValueError for labels without them.
        """
        return sampled_loss(
            GBCERows(self.cardinality, self.calibration, self.has_prior),
            select_targets(hidden_states, labels),
            drawn_negatives(self, labels),
            scorer,
            self.negative_labels_ignore_index,
        )
