"""A feed-forward network whose hidden layer is wider than what it maps."""

from collections.abc import Callable
from typing import Literal

from seqrec_library_kernels.dropout import Dropout
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["ExpandedFeedForward"]

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "swiglu": F.silu,
    "relu": F.relu,
    "gelu": F.gelu,
}


class ExpandedFeedForward(nn.Module):
    """The same at every position: (silu(x G) * x U) O, or activation(x G) O without "swiglu".

    Source: Shazeer, "GLU Variants Improve Transformer", arXiv:2002.05202, eq. 6, with dropout
    before the last product.
    """

    def __init__(
        self,
        embedding_dim: int,
        hidden_dim: int,
        dropout: float,
        activation: Literal["swiglu", "relu", "gelu"] = "swiglu",
        bias: bool = False,
    ):
        super().__init__()
        if activation not in _ACTIVATIONS:
            raise ValueError(f"unknown activation {activation!r}; choose from {[*_ACTIVATIONS]}")
        self.activation = _ACTIVATIONS[activation]
        self.gate_projection = nn.Linear(embedding_dim, hidden_dim, bias)
        self.up_projection = (
            nn.Linear(embedding_dim, hidden_dim, bias) if activation == "swiglu" else None
        )
        self.dropout = Dropout(dropout)
        self.out_projection = nn.Linear(hidden_dim, embedding_dim, bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws Xavier-normal weights and the usual uniform biases."""
        for linear in (self.gate_projection, self.up_projection, self.out_projection):
            if linear is not None:
                linear.reset_parameters()
                nn.init.xavier_normal_(linear.weight)

    def forward(self, sequence: Tensor) -> Tensor:
        """Maps (..., D) to (..., D)."""
        hidden = self.activation(self.gate_projection(sequence))
        if self.up_projection is not None:
            hidden = hidden * self.up_projection(sequence)
        output: Tensor = self.out_projection(self.dropout(hidden))
        return output
