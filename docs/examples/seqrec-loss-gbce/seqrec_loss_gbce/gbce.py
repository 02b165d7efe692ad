"""gBCE: binary cross-entropy that makes up for the sampling of negatives."""

from seqrec_core.contracts import Labels, ScorerProto
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["Gbce"]


class Gbce(nn.Module):
    """Generalised binary cross-entropy: a positive counts with its probability to the power beta.

    -(log(sigmoid(s)^beta) + sum of log(1 - sigmoid(s_k))) / (n + 1), the mean over targets, where
    n negatives are a share alpha = n / (V - 1) of all, t is the calibration, and beta =
    alpha (t (1 - 1/alpha) + 1/alpha) = 1 - t (1 - alpha). Petrov and Macdonald, arXiv:2308.07192.
    """

    def __init__(self, cardinality: int, calibration: float, negative_labels_ignore_index: int):
        super().__init__()
        self.cardinality = cardinality
        self.calibration = calibration
        self.negative_labels_ignore_index = negative_labels_ignore_index

    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Scalar loss of hidden states (B, L, D); labels.mask (B, L, P) is True at targets.

        Negatives are (N,), (B, N) or (B, L, N); one that is a positive of its position is none.
        """
        if (negatives := labels.negatives) is None:
            raise ValueError("gBCE needs negatives; add a transform that draws negative_labels")
        user, position, _ = labels.mask.nonzero(as_tuple=True)
        hidden = hidden_states[user, position]  # (M, D)
        positives = labels.positives.where(labels.mask, -1)[user, position]  # (M, P)
        if negatives.dim() > 1:
            negatives = negatives[(user, position) if negatives.dim() == 3 else user]  # (M, N)
        ignored = negatives == self.negative_labels_ignore_index
        counts = ~ignored & (positives[..., None] != negatives.unsqueeze(-2)).all(1)  # (M, N)
        positive = scorer(hidden, labels.positives[labels.mask][:, None])  # (M, 1)
        negative = scorer(hidden, negatives.masked_fill(ignored, 0))  # (M, N)

        number = counts.sum(1, dtype=hidden.dtype)
        beta = 1 - self.calibration * (1 - number / (self.cardinality - 1))
        log_no = F.logsigmoid(-negative).where(counts, 0)
        total = beta * F.logsigmoid(positive).squeeze(1) + log_no.sum(1)
        return -(total / (number + 1)).sum() / max(len(total), 1)
