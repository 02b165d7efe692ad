"""Embeddings of numbers and of lists of numbers."""

import torch
from torch import Tensor, nn

from seqrec_core.schema import TensorFeatureInfo

__all__ = ["NumericalEmbedding"]


class NumericalEmbedding(nn.Module):
    """A linear map from the tensor_dim numbers of an event to its embedding.

    `std` is the standard deviation of the first weights, whose bias is then zero. Without it they
    are drawn as the reference does, Xavier-normal, and where both sizes are equal the numbers are
    their own embedding and nothing is learned.

    Raises ValueError for a feature without sizes, and for a single number of another tensor_dim
    than 1.
    """

    def __init__(self, feature_info: TensorFeatureInfo, std: float | None = None):
        super().__init__()
        self.is_list = feature_info.is_list
        self.tensor_dim, self._embedding_dim = _sizes(feature_info)
        self.linear: nn.Linear | None = None
        self._std = std
        if std is None and self.tensor_dim == self.embedding_dim:
            self.register_buffer("identity", torch.eye(self.embedding_dim), persistent=False)
        else:
            self.linear = nn.Linear(self.tensor_dim, self.embedding_dim)
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws a normal weight; the bias is zero, or the usual uniform one without a `std`."""
        if self.linear is None:
            return
        if self._std is None:
            self.linear.reset_parameters()
            nn.init.xavier_normal_(self.linear.weight)
        else:
            nn.init.normal_(self.linear.weight, std=self._std)
            nn.init.zeros_(self.linear.bias)

    @property
    def embedding_dim(self) -> int:
        """Size of an embedding."""
        return self._embedding_dim

    @property
    def weight(self) -> Tensor:
        """The weight (D, tensor_dim) of the linear map, or the identity matrix."""
        return self.get_buffer("identity") if self.linear is None else self.linear.weight

    def forward(self, values: Tensor) -> Tensor:
        """Embeds numbers (B, L) as (B, L, D), or, for a feature of lists, (..., n) as (..., D).

        Single numbers may also come as (B, L, 1), or as (V,), one an item. Numbers of another
        dtype are converted to that of the weight.
        """
        if not self.is_list and values.dim() <= 2:
            values = values.unsqueeze(-1)
        if values.size(-1) != self.tensor_dim:
            raise ValueError(
                f"expected {self.tensor_dim} numbers in the last dimension, "
                f"got values of shape {tuple(values.shape)}"
            )
        values = values.to(self.weight.dtype)
        return values if self.linear is None else self.linear(values)


def _sizes(feature: TensorFeatureInfo) -> tuple[int, int]:
    """tensor_dim, 1 for single numbers, and embedding_dim of the feature."""
    tensor_dim = feature.tensor_dim or (None if feature.is_list else 1)
    if not tensor_dim or not feature.embedding_dim:
        raise ValueError(
            f"feature {feature.name!r} has tensor_dim {tensor_dim} and embedding_dim "
            f"{feature.embedding_dim}; a linear map needs both"
        )
    if not feature.is_list and tensor_dim != 1:
        raise ValueError(
            f"feature {feature.name!r} holds single numbers but has tensor_dim {tensor_dim}; "
            "leave it out, or make the feature numerical_list"
        )
    return tensor_dim, feature.embedding_dim
