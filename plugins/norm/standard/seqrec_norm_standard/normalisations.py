"""Layer and root-mean-square normalisation under the names that specs use."""

import torch

__all__ = ["LayerNorm", "RMSNorm"]


class LayerNorm(torch.nn.LayerNorm):
    """`torch.nn.LayerNorm` over the last dimension.

    Source: Ba et al., "Layer Normalization", arXiv:1607.06450.
    """

    def __init__(self, embedding_dim: int, eps: float = 1e-5):
        super().__init__(embedding_dim, eps=eps)


class RMSNorm(torch.nn.RMSNorm):
    """`torch.nn.RMSNorm` over the last dimension; without eps, the dtype's machine epsilon.

    Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", arXiv:1910.07467.
    """

    def __init__(self, embedding_dim: int, eps: float | None = None):
        super().__init__(embedding_dim, eps=eps)
