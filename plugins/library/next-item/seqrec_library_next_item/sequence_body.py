"""The body of a model of sequences: from features to hidden states."""

from collections.abc import Mapping
from typing import Any

from seqrec_library_kernels.unwrap import unwrap
from torch import Tensor, nn

from seqrec_core.contracts import (
    AggregatorProto,
    AttentionMaskProto,
    BlockStates,
    EmbedderProto,
    EncoderProto,
    LastState,
    NormalizerProto,
)


class SequenceBody(nn.Module):
    """Embeds events, adds positions, lets them attend to the past and normalises the result.

    The order of the layers is that of SASRec (Kang and McAuley, arXiv:1808.09781); each layer
    can be any object that follows its protocol in `seqrec_core.contracts`. Subclasses give it the
    name that a model's users know, or choose the features (`embed`).
    """

    def __init__(
        self,
        embedder: EmbedderProto,
        embedding_aggregator: AggregatorProto,
        attn_mask_builder: AttentionMaskProto,
        encoder: EncoderProto,
        output_normalization: NormalizerProto,
    ) -> None:
        super().__init__()
        self.embedder = embedder
        self.embedding_aggregator = embedding_aggregator
        self.attn_mask_builder = attn_mask_builder
        self.encoder = encoder
        self.output_normalization = output_normalization

    def forward(self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor) -> Tensor:
        """Hidden states (B, L, D) of features (B, L) or (B, L, n).

        `padding_mask` (B, L) is True at real events.
        """
        inputs = self.encoder_inputs(feature_tensors, padding_mask)
        return self.output_normalization(self.encoder(**inputs))

    def embed(self, feature_tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Embeddings (B, L, D_i) of each feature."""
        return self.embedder(feature_tensors)

    def encoder_inputs(
        self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor
    ) -> dict[str, Any]:
        """What every method of the encoder takes, by name."""
        return {
            "feature_tensors": feature_tensors,
            "input_embeddings": self.embedding_aggregator(self.embed(feature_tensors)),
            "padding_mask": padding_mask,
            "attention_mask": self.attn_mask_builder(feature_tensors, padding_mask),
        }

    def hidden_states(
        self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor
    ) -> tuple[Tensor, ...]:
        """The embeddings, then the output of each block, (B, L, D); the last equals `forward`.

        An encoder that does not tell its blocks apart counts as one block.
        """
        inputs = self.encoder_inputs(feature_tensors, padding_mask)
        encoder = unwrap(self.encoder)
        blocks = encoder.hidden_states(**inputs) if isinstance(encoder, BlockStates) else None
        *inner, last = (self.encoder(**inputs),) if blocks is None else blocks
        return (inputs["input_embeddings"], *inner, self.output_normalization(last))

    def forward_last(self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor) -> Tensor:
        """The last hidden state (B, D), without computing the others where the encoder can."""
        inputs = self.encoder_inputs(feature_tensors, padding_mask)
        encoder = unwrap(self.encoder)
        last = encoder.forward_last(**inputs) if isinstance(encoder, LastState) else None
        return self.output_normalization(self.encoder(**inputs)[:, -1] if last is None else last)
