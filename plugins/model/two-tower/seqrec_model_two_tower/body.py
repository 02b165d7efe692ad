"""The two towers, over one embedder."""

from collections.abc import Sequence

from torch import nn

from seqrec_core.contracts import (
    AggregatorProto,
    AttentionMaskProto,
    EmbedderProto,
    FeaturesReaderProtocol,
    ItemEncoderProto,
    NormalizerProto,
    QueryEncoderProto,
)
from seqrec_core.schema import TensorSchema
from seqrec_model_two_tower.item_tower import ItemTower
from seqrec_model_two_tower.query_tower import QueryTower

__all__ = ["TwoTowerBody"]


class TwoTowerBody(nn.Module):
    """A query tower and an item tower that share their embeddings.

    The names say which features of the schema each tower uses; the other arguments are parts of
    the one tower or the other. Raises ValueError for features that the embedder does not embed.
    """

    def __init__(
        self,
        schema: TensorSchema,
        embedder: EmbedderProto,
        attn_mask_builder: AttentionMaskProto,
        query_tower_feature_names: Sequence[str],
        item_tower_feature_names: Sequence[str],
        query_embedding_aggregator: AggregatorProto,
        item_embedding_aggregator: AggregatorProto,
        query_encoder: QueryEncoderProto,
        query_tower_output_normalization: NormalizerProto,
        item_encoder: ItemEncoderProto,
        item_features_reader: FeaturesReaderProtocol,
    ) -> None:
        super().__init__()
        names = {*query_tower_feature_names, *item_tower_feature_names}
        if unknown := sorted(names - set(embedder.embeddings_dim)):
            raise ValueError(
                f"the towers use {unknown}, which the embedder does not embed; it has "
                f"{sorted(embedder.embeddings_dim)}"
            )
        self.embedder = embedder
        self.query_tower = QueryTower(
            [name for name in schema if name in set(query_tower_feature_names)],
            embedder,
            query_embedding_aggregator,
            attn_mask_builder,
            query_encoder,
            query_tower_output_normalization,
        )
        self.item_tower = ItemTower(
            schema,
            item_features_reader,
            item_tower_feature_names,
            embedder,
            item_embedding_aggregator,
            item_encoder,
        )
