"""The item tower: from the features of items to their embeddings."""

from collections.abc import Mapping, Sequence
from typing import Self

import torch
from seqrec_library_kernels.kept_table import KeptTable
from seqrec_library_sharding.sharded_table import sharded_tables
from torch import Tensor, nn

from seqrec_core.contracts import (
    AggregatorProto,
    EmbedderProto,
    FeaturesReaderProtocol,
    ItemEncoderProto,
)
from seqrec_core.schema import TensorSchema

__all__ = ["ItemTower", "take"]


class ItemTower(nn.Module):
    """Embeds items from features that it keeps in memory, as buffers `item_reference_NAME`.

    In evaluation without gradients the embeddings of all items are computed once and kept
    until a weight, a feature or autocast changes, see `KeptTable`, and in any case until the next
    call with gradients or of `train()` or `eval()`.

    The reader gives a tensor with one row an item for each feature name. Raises ValueError for
    another number of rows, and for an item id without cardinality.
    """

    def __init__(
        self,
        schema: TensorSchema,
        item_features_reader: FeaturesReaderProtocol,
        feature_names: Sequence[str],
        embedder: EmbedderProto,
        embedding_aggregator: AggregatorProto,
        encoder: ItemEncoderProto,
    ) -> None:
        super().__init__()
        self.embedder = embedder
        self.embedding_aggregator = embedding_aggregator
        self.encoder = encoder
        self.feature_names = [name for name in schema if name in set(feature_names)]
        item = schema.item_id_features.item()
        if item.cardinality is None:
            raise ValueError(f"feature {item.name!r} has no cardinality; give the number of items")
        self.num_items = item.cardinality
        pads_last = item.padding_value == self.num_items
        self.padding_value = None if pads_last else item.padding_value
        for name in self.feature_names:
            self._register(name, item_features_reader[name])
        self._table = KeptTable()

    def _register(self, name: str, feature: Tensor) -> None:
        if len(feature) != self.num_items:
            raise ValueError(
                f"feature {name!r} has {len(feature)} rows, the catalogue has {self.num_items} "
                "items; the reader must give one row an item"
            )
        where = torch.get_default_device()  # meta, when a model is only planned
        self.register_buffer(f"item_reference_{name}", feature.to(where))

    def forward(self, candidates_to_score: Tensor | None = None) -> Tensor:
        """Embeddings (V, D) of all items in the order of their ids, or (*ids.shape, D)."""
        if candidates_to_score is None:
            return self._all_items()
        rows = self.rows(candidates_to_score)
        if self._table.look_up(self) is None and self.are_few(rows):
            features = {name: take(feature, rows) for name, feature in self._features().items()}
            return self._encode(features)
        return take(self._all_items(), rows)

    def are_few(self, ids: Tensor) -> bool:
        """Whether these items by themselves are less work than all.

        Always where processes share out a table: they look up equally often, however many items
        each of them has in a batch.
        """
        if torch.compiler.is_compiling() or ids.numel() < self.num_items:
            return True
        return bool(sharded_tables(self))

    def rows(self, ids: Tensor) -> Tensor:
        """Where items stand in `forward()`: ids above the padding id move up by one."""
        if self.padding_value is None:
            return ids
        return ids - (ids > self.padding_value).long()

    def _encode(self, features: Mapping[str, Tensor]) -> Tensor:
        embeddings = self.embedder(features, self.feature_names)
        return self.encoder(
            feature_tensors=features, input_embeddings=self.embedding_aggregator(embeddings)
        )

    def _features(self) -> dict[str, Tensor]:
        return {name: self.get_buffer(f"item_reference_{name}") for name in self.feature_names}

    def _all_items(self) -> Tensor:
        if (kept := self._table.look_up(self)) is not None:
            return kept
        embeddings = self._encode(self._features())
        self._table.keep(self, embeddings)
        return embeddings

    def train(self, mode: bool = True) -> Self:
        """Switches between training and evaluation; forgets the kept embeddings."""
        self._table.forget()
        return super().train(mode)


def take(table: Tensor, rows: Tensor) -> Tensor:
    """Rows (*rows.shape, ...) of a table; unlike in indexing, -1 is an error and not the last."""
    return table.index_select(0, rows.flatten()).view(*rows.shape, *table.shape[1:])
