"""A residual connection with a learned gate."""

import torch
from seqrec_library_kernels.dropout import Dropout
from torch import Tensor, nn

__all__ = ["GatedResidual"]


class GatedResidual(nn.Module):
    """Adds what a layer computed to its input, as far as the input lets it.

    x + sigmoid(x W + b) * dropout(update), elementwise: the gate looks at the input before it is
    normalised.

    Source: Borisyuk et al., "From Features to Transformers: Redefining Ranking for Scalable
    Impact", arXiv:2502.03417, section 3 (learned normalisation).
    """

    def __init__(self, embedding_dim: int, dropout: float):
        super().__init__()
        self.gate = nn.Linear(embedding_dim, embedding_dim)
        self.dropout = Dropout(dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws Xavier-normal weights; biases become zero, so that gates start half open."""
        nn.init.xavier_normal_(self.gate.weight)
        nn.init.zeros_(self.gate.bias)

    def forward(self, layer_input: Tensor, update: Tensor) -> Tensor:
        """Maps the input of a layer and its output, both (..., D), to (..., D)."""
        gate = torch.sigmoid(self.gate(layer_input))
        output: Tensor = torch.addcmul(layer_input, gate, self.dropout(update))
        return output
