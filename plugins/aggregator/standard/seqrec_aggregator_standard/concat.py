"""The concatenation of feature embeddings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

import torch
from torch import Tensor, nn

from seqrec_core.schema import TensorSchema

__all__ = ["ConcatAggregator"]


class ConcatAggregator(nn.Module):
    """Joins embeddings in ascending order of their names and maps them to one size.

    A single embedding is left as it is; it must have the output's size (ValueError otherwise).
    """

    def __init__(self, input_embedding_dims: Sequence[int], output_embedding_dim: int):
        super().__init__()
        self._embedding_dim = output_embedding_dim
        self.input_size = sum(input_embedding_dims)
        self.projection: nn.Linear | None = None
        if len(input_embedding_dims) > 1:
            self.projection = nn.Linear(self.input_size, output_embedding_dim)
            self.reset_parameters()
        elif self.input_size != output_embedding_dim:
            raise ValueError(
                f"concat of a single embedding keeps its size: got {self.input_size}, expected "
                f"output_embedding_dim {output_embedding_dim}; make them equal"
            )

    @classmethod
    def from_spec(
        cls,
        schema: TensorSchema,
        output_embedding_dim: int,
        feature_names: Iterable[str] | None = None,
    ) -> Self:
        """The aggregator of these features, with the sizes that the schema gives them.

        Without names, of those that an embedder embeds when a spec excludes none.
        """
        if feature_names is None:
            left_out = {*schema.query_id_features, *schema.timestamp_features}
            feature_names = set(schema.sequential_features) - left_out
        sizes = {name: schema[name].embedding_dim for name in feature_names}
        known = [size for size in sizes.values() if size is not None]
        if len(known) < len(sizes):
            raise ValueError(f"concat needs each feature's embedding_dim, the schema has {sizes}")
        return cls(known, output_embedding_dim)

    def reset_parameters(self) -> None:
        """Draws a Xavier-normal weight and the usual uniform bias."""
        if self.projection is not None:
            self.projection.reset_parameters()
            nn.init.xavier_normal_(self.projection.weight)

    @property
    def embedding_dim(self) -> int:
        """Size of the result."""
        return self._embedding_dim

    def forward(self, feature_tensors: Mapping[str, Tensor]) -> Tensor:
        """Maps tensors (..., D_i) to (..., D); raises ValueError when sizes do not add up."""
        joined = torch.cat([feature_tensors[name] for name in sorted(feature_tensors)], dim=-1)
        if joined.size(-1) != self.input_size:
            sizes = {name: tensor.size(-1) for name, tensor in feature_tensors.items()}
            raise ValueError(
                f"concat was made for {self.input_size} numbers in all, got {sizes}; it must know "
                "of exactly the features that are embedded"
            )
        return joined if self.projection is None else self.projection(joined)
