"""The point-wise feed-forward network of SASRec."""

from typing import Literal

from seqrec_library_kernels.dropout import Dropout
from torch import Tensor, nn

__all__ = ["PointWiseFeedForward"]

_ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU}


class PointWiseFeedForward(nn.Module):
    """Two linear layers, the same at every position, plus the input.

    Source: Kang and McAuley, "Self-Attentive Sequential Recommendation", arXiv:1808.09781, eq. 4.
    The convolutions of width 1 of the original code are linear layers here.
    """

    def __init__(
        self, embedding_dim: int, dropout: float, activation: Literal["relu", "gelu"] = "gelu"
    ):
        super().__init__()
        if activation not in _ACTIVATIONS:
            raise ValueError(f"unknown activation {activation!r}; choose from {[*_ACTIVATIONS]}")
        self.linear1 = nn.Linear(embedding_dim, embedding_dim)
        self.activation = _ACTIVATIONS[activation]()
        self.dropout1 = Dropout(dropout)
        self.linear2 = nn.Linear(embedding_dim, embedding_dim)
        self.dropout2 = Dropout(dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws Xavier-normal weights and the usual uniform biases."""
        for linear in (self.linear1, self.linear2):
            linear.reset_parameters()
            nn.init.xavier_normal_(linear.weight)

    def forward(self, input_embeddings: Tensor) -> Tensor:
        """Maps (..., D) to (..., D)."""
        hidden = self.dropout1(self.activation(self.linear1(input_embeddings)))
        output: Tensor = input_embeddings + self.dropout2(self.linear2(hidden))
        return output
