"""The SwiGLU feed-forward network."""

from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["SwiGLU"]


class SwiGLU(nn.Module):
    """A feed-forward network whose hidden layer is gated: (silu(x G) * x U) O.

    Source: Shazeer, "GLU Variants Improve Transformer", arXiv:2002.05202, eq. 6, with biases.
    """

    def __init__(self, embedding_dim: int, hidden_dim: int):
        super().__init__()
        self.gate_projection = nn.Linear(embedding_dim, hidden_dim)
        self.up_projection = nn.Linear(embedding_dim, hidden_dim)
        self.out_projection = nn.Linear(hidden_dim, embedding_dim)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws Xavier-normal weights and the usual uniform biases."""
        for linear in (self.gate_projection, self.up_projection, self.out_projection):
            linear.reset_parameters()
            nn.init.xavier_normal_(linear.weight)

    def forward(self, input_embeddings: Tensor) -> Tensor:
        """Maps (..., D) to (..., D)."""
        gate = F.silu(self.gate_projection(input_embeddings))
        output: Tensor = self.out_projection(gate * self.up_projection(input_embeddings))
        return output
