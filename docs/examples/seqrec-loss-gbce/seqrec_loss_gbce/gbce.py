"""gBCE: binary cross-entropy that makes up for the sampling of negatives."""

from seqrec_core.contracts import ScorerProto
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["Gbce"]


class Gbce(nn.Module):
    """Generalised binary cross-entropy: a positive counts with its probability to the power beta.

    -(log(sigmoid(s)^beta) + sum of log(1 - sigmoid(s_k))) / (n + 1), the mean over targets, where
    n negatives are a share alpha = n / (V - 1) of all, t is the calibration, and beta =
    alpha (t (1 - 1/alpha) + 1/alpha) = 1 - t (1 - alpha). Petrov and Macdonald, arXiv:2308.07192.
    """

    needs_negatives = True

    def __init__(self, cardinality: int, calibration: float, negative_labels_ignore_index: int):
        super().__init__()
        self.cardinality = cardinality
        self.calibration = calibration
        self.negative_labels_ignore_index = negative_labels_ignore_index

    def forward(
        self,
        model_embeddings: Tensor,
        positive_labels: Tensor,
        negative_labels: Tensor,
        target_padding_mask: Tensor,
        *,
        scorer: ScorerProto,
    ) -> Tensor:
        """Scalar loss of hidden states (B, L, D) and item ids (B, L, P).

        Negatives are (N,), (B, N) or (B, L, N); one that is a positive of its position is none.
        target_padding_mask (B, L, P) is True where a label counts.
        """
        user, position, _ = target_padding_mask.nonzero(as_tuple=True)
        hidden = model_embeddings[user, position]  # (M, D)
        labels = positive_labels.where(target_padding_mask, -1)[user, position]  # (M, P)
        if negative_labels.dim() > 1:
            place = (user, position) if negative_labels.dim() == 3 else (user,)
            negative_labels = negative_labels[place]  # (M, N)
        ignored = negative_labels == self.negative_labels_ignore_index
        counts = ~ignored & (labels[..., None] != negative_labels.unsqueeze(-2)).all(1)  # (M, N)
        positive = scorer(hidden, positive_labels[target_padding_mask][:, None])  # (M, 1)
        negative = scorer(hidden, negative_labels.masked_fill(ignored, 0))  # (M, N)

        number = counts.sum(1, dtype=hidden.dtype)
        beta = 1 - self.calibration * (1 - number / (self.cardinality - 1))
        log_no = F.logsigmoid(-negative).where(counts, 0)
        total = beta * F.logsigmoid(positive).squeeze(1) + log_no.sum(1)
        return -(total / (number + 1)).sum() / max(len(total), 1)
