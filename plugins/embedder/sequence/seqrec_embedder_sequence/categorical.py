"""Embeddings of ids and of lists of ids."""

import warnings
from typing import Literal

import torch
from seqrec_library_sharding.sharded_table import ShardedTable
from torch import Tensor, nn

from seqrec_core.schema import TensorFeatureInfo
from seqrec_embedder_sequence.starting_sizes import table_std

__all__ = ["CategoricalEmbedding"]


class CategoricalEmbedding(nn.Module):
    """A table of cardinality + 1 rows, one of them for padding, which is zero and stays zero.

    A list of ids becomes one embedding by categorical_list_feature_aggregation_method; padding
    inside it does not count, and a list of padding alone is zero. With sparse, gradients hold
    the rows that were looked up and nothing else; torch has none for "max", which stays dense.
    With sharded, processes that train together can share out its rows, unless it embeds lists.
    `std` is the standard deviation of the first weights, by default that of Xavier and at least
    0.02.

    Raises ValueError for a feature without sizes or with a padding value outside of the table.
    """

    def __init__(
        self,
        feature_info: TensorFeatureInfo,
        categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = "sum",
        sparse: bool = False,
        std: float | None = None,
        sharded: bool = False,
    ):
        super().__init__()
        self.is_list = feature_info.is_list
        self.padding_value = feature_info.padding_value
        rows, dim = _table_shape(feature_info)
        self._std = table_std(rows, dim) if std is None else std
        table = torch.empty(rows, dim)
        self.emb: nn.Embedding | nn.EmbeddingBag
        if self.is_list:
            mode = categorical_list_feature_aggregation_method
            self.emb = nn.EmbeddingBag.from_pretrained(
                table,
                freeze=False,
                mode=mode,
                sparse=sparse and mode != "max",
                padding_idx=self.padding_value,
            )
        else:
            kind = ShardedTable if sharded else nn.Embedding
            self.emb = kind.from_pretrained(
                table, freeze=False, sparse=sparse, padding_idx=self.padding_value
            )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws normal rows; padding is zero."""
        table = self.emb.weight
        nn.init.normal_(table, std=self._std)
        with torch.no_grad():
            table[self.padding_value].zero_()

    @property
    def embedding_dim(self) -> int:
        """Size of an embedding."""
        return self.emb.embedding_dim

    @property
    def weight(self) -> Tensor:
        """The table (cardinality, D) without the row of padding; a view when that is the last.

        Of a table whose rows are shared out, what gives some at a time: `ShardedRows`.
        """
        if isinstance(self.emb, ShardedTable):
            return self.emb.without(self.padding_value)
        table = self.emb.weight
        if self.padding_value == table.size(0) - 1:
            return table[:-1]
        return torch.cat([table[: self.padding_value], table[self.padding_value + 1 :]])

    def forward(self, indices: Tensor) -> Tensor:
        """Embeds ids (...) as (..., D), or, for a feature of lists, (..., n) as (..., D)."""
        if not self.is_list:
            embeddings: Tensor = self.emb(indices)
            return embeddings
        if indices.dim() < 2:
            raise ValueError(
                f"lists of ids need a last dimension for the list, got {tuple(indices.shape)}"
            )
        if not indices.size(-1):  # torch refuses bags without places
            return self.emb.weight.new_zeros(*indices.shape[:-1], self.embedding_dim)
        bags: Tensor = self.emb(indices.flatten(0, -2))
        return bags.view(*indices.shape[:-1], self.embedding_dim)


def _table_shape(feature: TensorFeatureInfo) -> tuple[int, int]:
    """Rows and columns of the feature's table; warns when rows and ids will differ."""
    if not feature.cardinality or not feature.embedding_dim:
        raise ValueError(
            f"feature {feature.name!r} has cardinality {feature.cardinality} and embedding_dim "
            f"{feature.embedding_dim}; a table needs both"
        )
    if not 0 <= feature.padding_value <= feature.cardinality:
        raise ValueError(
            f"feature {feature.name!r} has padding_value {feature.padding_value}; choose one from "
            f"0 to its cardinality, {feature.cardinality}"
        )
    if feature.padding_value != feature.cardinality:
        warnings.warn(
            f"feature {feature.name!r} pads with {feature.padding_value} and not with its "
            f"cardinality, {feature.cardinality}: row i of `weight`, which leaves padding out, is "
            f"id i + 1 from there on",
            stacklevel=3,
        )
    return feature.cardinality + 1, feature.embedding_dim
