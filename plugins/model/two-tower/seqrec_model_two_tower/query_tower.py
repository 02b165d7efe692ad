"""The query tower: from the events of a user to hidden states."""

from collections.abc import Mapping, Sequence

from seqrec_library_next_item.sequence_body import SequenceBody
from torch import Tensor

from seqrec_core.contracts import (
    AggregatorProto,
    AttentionMaskProto,
    EmbedderProto,
    NormalizerProto,
    QueryEncoderProto,
)

__all__ = ["QueryTower"]


class QueryTower(SequenceBody):
    """A body as SasRec's, on the features with the given names."""

    def __init__(
        self,
        feature_names: Sequence[str],
        embedder: EmbedderProto,
        embedding_aggregator: AggregatorProto,
        attn_mask_builder: AttentionMaskProto,
        encoder: QueryEncoderProto,
        output_normalization: NormalizerProto,
    ) -> None:
        super().__init__(
            embedder, embedding_aggregator, attn_mask_builder, encoder, output_normalization
        )
        self.feature_names = list(feature_names)

    def embed(self, feature_tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Embeddings (B, L, D_i) of the tower's features."""
        return self.embedder(feature_tensors, self.feature_names)
