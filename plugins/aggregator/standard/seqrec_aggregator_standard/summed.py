"""The sum of feature embeddings."""

from collections.abc import Mapping
from functools import reduce

import torch
from torch import Tensor, nn

__all__ = ["SumAggregator"]


class SumAggregator(nn.Module):
    """Adds embeddings of one size. A single one is returned as it is, not copied."""

    def __init__(self, embedding_dim: int):
        super().__init__()
        self._embedding_dim = embedding_dim

    def reset_parameters(self) -> None:
        """Does nothing: there are no weights."""

    @property
    def embedding_dim(self) -> int:
        """Size of the sum."""
        return self._embedding_dim

    def forward(self, feature_tensors: Mapping[str, Tensor]) -> Tensor:
        """Adds tensors (..., D); raises ValueError for another size, or for none at all."""
        sizes = {name: tensor.size(-1) for name, tensor in feature_tensors.items()}
        if set(sizes.values()) != {self.embedding_dim}:
            raise ValueError(
                f"sum expects embeddings of size {self.embedding_dim}, got {sizes}; give all "
                "features this embedding_dim, or use concat"
            )
        return reduce(torch.add, feature_tensors.values())
