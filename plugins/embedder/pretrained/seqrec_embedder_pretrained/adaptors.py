"""What maps pretrained vectors to embeddings.

Each starts with embeddings whose values have the standard deviation `std`, given vectors of a root
mean square norm of `norm`. Rows are independent of each other, so that they can come in pieces.
"""

from math import sqrt
from typing import Literal

import torch
from seqrec_library_kernels.dropout import Dropout
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["LinearAdaptor", "MixtureAdaptor", "MlpAdaptor", "adaptor_of"]

_GELU = sqrt(0.425)  # root mean square of gelu(x) for a standard normal x


class LinearAdaptor(nn.Module):
    """A linear map of vectors (M, n) to (M, D)."""

    def __init__(self, size: int, dim: int, dropout: float, std: float, norm: float):
        super().__init__()
        self.dropout = Dropout(dropout)
        self.linear = nn.Linear(size, dim)
        self._std = std / norm
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws a normal weight; the bias is zero."""
        nn.init.normal_(self.linear.weight, std=self._std)
        nn.init.zeros_(self.linear.bias)

    def forward(self, vectors: Tensor) -> Tensor:
        """Embeddings (M, D)."""
        embeddings: Tensor = self.linear(self.dropout(vectors))
        return embeddings


class MlpAdaptor(nn.Module):
    """Two linear maps, gelu between them, of vectors (M, n) to (M, D)."""

    def __init__(self, size: int, dim: int, dropout: float, std: float, norm: float):
        super().__init__()
        self.dropout = Dropout(dropout)
        self.inner = nn.Linear(size, dim)
        self.outer = nn.Linear(dim, dim)
        self._stds = (1 / norm, std / (_GELU * sqrt(dim)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws normal weights; biases are zero."""
        for linear, std in zip((self.inner, self.outer), self._stds, strict=True):
            nn.init.normal_(linear.weight, std=std)
            nn.init.zeros_(linear.bias)

    def forward(self, vectors: Tensor) -> Tensor:
        """Embeddings (M, D)."""
        embeddings: Tensor = self.outer(F.gelu(self.inner(self.dropout(vectors))))
        return embeddings


class MixtureAdaptor(nn.Module):
    """Parametric whitening by each of G experts, mixed by a gate: vectors (M, n) to (M, D).

    Expert k gives (x - b_k) W_k (eq. 1), the result is their sum weighted by g (eq. 2), and
    g = softmax(x W_2 + delta) (eq. 3), where delta is standard normal noise times
    softplus(x W_3) in training (eq. 4), and zero in evaluation.

    Source: Hou et al., "Towards Universal Sequence Representation Learning for Recommender
    Systems", KDD 2022, arXiv:2206.05941, equations 1 to 4. Deviation: dropout, where there is any,
    is that of the vectors, alike for all experts and the gate.
    """

    def __init__(
        self, size: int, dim: int, dropout: float, std: float, norm: float, num_experts: int
    ):
        super().__init__()
        self.dropout = Dropout(dropout)
        self.bias = nn.Parameter(torch.empty(num_experts, size))
        self.weight = nn.Parameter(torch.empty(num_experts, size, dim))
        self.gate = nn.Parameter(torch.empty(size, num_experts))
        self.noise = nn.Parameter(torch.empty(size, num_experts))
        self._std = std / norm * sqrt(num_experts)  # the mean of as many independent ones
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws normal weights; biases and gate are zero, so that experts count alike."""
        nn.init.normal_(self.weight, std=self._std)
        for parameter in (self.bias, self.gate, self.noise):
            nn.init.zeros_(parameter)

    def forward(self, vectors: Tensor) -> Tensor:
        """Embeddings (M, D)."""
        vectors = self.dropout(vectors)
        gates = vectors @ self.gate
        if self.training:
            spread = F.softplus(vectors @ self.noise)
            gates = gates + torch.randn_like(spread) * spread
        experts = torch.einsum("mn,knd->mkd", vectors, self.weight)
        experts = experts - torch.einsum("kn,knd->kd", self.bias, self.weight)
        return torch.einsum("mk,mkd->md", gates.softmax(-1), experts)


def adaptor_of(
    kind: Literal["linear", "mlp", "moe"],
    size: int,
    dim: int,
    dropout: float,
    std: float,
    norm: float,
    num_experts: int,
) -> LinearAdaptor | MlpAdaptor | MixtureAdaptor:
    """The adaptor of a name; ValueError for another name."""
    if kind == "linear":
        return LinearAdaptor(size, dim, dropout, std, norm)
    if kind == "mlp":
        return MlpAdaptor(size, dim, dropout, std, norm)
    if kind == "moe":
        return MixtureAdaptor(size, dim, dropout, std, norm, num_experts)
    raise ValueError(f"unknown adaptor {kind!r}; choose 'linear', 'mlp' or 'moe'")
