"""The focal loss: binary cross-entropy that looks at what is hard."""

from seqrec_core.contracts import Labels, ScorerProto
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["Focal"]


class Focal(nn.Module):
    """Focal loss: an answer counts less the surer and the more right it is.

    -(1 - p)^gamma log(p), where p is the probability that the model gives the truth: sigmoid(s) of
    a positive with score s, 1 - sigmoid(s) of a negative. Summed over a positive and its n
    negatives, divided by n + 1, and the mean over targets. Lin et al., arXiv:1708.02002, eq. 4.
    """

    def __init__(self, gamma: float, negative_labels_ignore_index: int):
        super().__init__()
        self.gamma = gamma
        self.negative_labels_ignore_index = negative_labels_ignore_index

    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Scalar loss of hidden states (B, L, D); labels.mask (B, L, P) is True at targets.

        Negatives are (N,), (B, N) or (B, L, N); one that is a positive of its position is none.
        """
        if (negatives := labels.negatives) is None:
            raise ValueError("focal needs negatives; add a transform that draws negative_labels")
        user, position, _ = labels.mask.nonzero(as_tuple=True)
        hidden = hidden_states[user, position]  # (M, D)
        positives = labels.positives.where(labels.mask, -1)[user, position]  # (M, P)
        if negatives.dim() > 1:
            negatives = negatives[(user, position) if negatives.dim() == 3 else user]  # (M, N)
        ignored = negatives == self.negative_labels_ignore_index
        counts = ~ignored & (positives[..., None] != negatives.unsqueeze(-2)).all(1)  # (M, N)
        positive = scorer(hidden, labels.positives[labels.mask][:, None])  # (M, 1)
        negative = scorer(hidden, negatives.masked_fill(ignored, 0))  # (M, N)

        total = self._of(positive).squeeze(1) + self._of(-negative).where(counts, 0).sum(1)
        return (total / (counts.sum(1) + 1)).sum() / max(len(total), 1)

    def _of(self, scores: Tensor) -> Tensor:
        """The loss of each score for the truth: 1 - p is sigmoid of its opposite."""
        return -((self.gamma * F.logsigmoid(-scores)).exp() * F.logsigmoid(scores))
