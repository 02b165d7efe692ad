"""A reranker that prefers what the user knows."""

from seqrec_library_kernels.ranking import item_columns
from torch import Tensor, nn


class Familiar(nn.Module):
    """Adds `boost` to the scores of items of the history, once however often they are in it."""

    def __init__(self, boost: float):
        super().__init__()
        self.boost = boost

    def forward(self, logits: Tensor, items: Tensor, history: Tensor) -> Tensor:
        """New logits (B, C) of items (C,); history (B, L) are item ids, others are padding."""
        users, columns = logits.shape
        places = item_columns(history, columns, items)  # (B, L), C for what has no column
        bonus = logits.new_zeros(users, columns + 1).scatter(1, places, self.boost)
        return logits + bonus[:, :columns]
