"""The body of BERT4Rec: from features, of which some are hidden, to hidden states."""

from collections.abc import Mapping

import torch
from seqrec_library_next_item.sequence_body import SequenceBody
from torch import Tensor, nn

from seqrec_core.contracts import (
    AggregatorProto,
    AttentionMaskProto,
    EmbedderProto,
    EncoderProto,
    NormalizerProto,
)

__all__ = ["HIDDEN", "Bert4RecBody"]

HIDDEN = "hidden_events"
"""The mask (B, L) among the features that is True at hidden events."""


class Bert4RecBody(SequenceBody):
    """Reads one learnt vector in place of the item of a hidden event, and nothing of the rest.

    The features hold the mask `HIDDEN`. The embedding of the item is replaced by that vector, those
    of all other features by zero.
    """

    def __init__(
        self,
        embedder: EmbedderProto,
        embedding_aggregator: AggregatorProto,
        attn_mask_builder: AttentionMaskProto,
        encoder: EncoderProto,
        output_normalization: NormalizerProto,
        item_feature_name: str,
    ) -> None:
        super().__init__(
            embedder, embedding_aggregator, attn_mask_builder, encoder, output_normalization
        )
        self.item_feature_name = item_feature_name
        self.hidden_item = nn.Parameter(torch.empty(embedder.embeddings_dim[item_feature_name]))
        nn.init.normal_(self.hidden_item, std=0.02)

    def embed(self, feature_tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Embeddings (B, L, D_i) of each feature, hidden ones replaced."""
        hidden = feature_tensors[HIDDEN].unsqueeze(-1)
        read = {name: feature for name, feature in feature_tensors.items() if name != HIDDEN}
        embeddings = self.embedder(read)
        item = self.item_feature_name
        return {
            name: torch.where(hidden, self.hidden_item.to(embedding.dtype), embedding)
            if name == item
            else embedding.masked_fill(hidden, 0)
            for name, embedding in embeddings.items()
        }
