"""SasRec: hidden states of the user's events, scored against the item embeddings."""

from collections.abc import Iterable, Mapping
from typing import Literal, Self

import torch
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_library_kernels.unwrap import unwrap
from seqrec_library_next_item.by_name import default_head, default_parts, embedded_features
from seqrec_library_next_item.next_item import next_item
from torch import Tensor, nn

from seqrec_core.contracts import (
    AggregatorProto,
    AttentionMaskProto,
    ContextMergerProto,
    EmbedderProto,
    EncoderProto,
    HeadProto,
    HiddenStates,
    InferenceOutput,
    LossProto,
    NormalizerProto,
    PaddedItems,
    TrainOutput,
)
from seqrec_core.schema import TensorSchema
from seqrec_model_sasrec.body import SasRecBody

__all__ = ["SasRec"]

_PARTS = ("embedder", "aggregator", "mask", "encoder", "norm", "head", "loss")


class SasRec(nn.Module):
    """Predicts the next item from the last hidden state of the body.

    A context merger, if there is one, turns the hidden states (B, L, D) of the body and the
    features into the states that are scored.

    Kang and McAuley, Self-Attentive Sequential Recommendation, arXiv:1808.09781.
    """

    def __init__(
        self,
        body: SasRecBody,
        loss: LossProto,
        head: HeadProto | None = None,
        context_merger: ContextMergerProto | None = None,
    ) -> None:
        super().__init__()
        self.body = body
        self.head = default_head() if head is None else head
        self.loss = loss
        self.context_merger = context_merger

    @classmethod
    def from_parts(
        cls,
        embedder: EmbedderProto,
        aggregator: AggregatorProto,
        mask: AttentionMaskProto,
        encoder: EncoderProto,
        norm: NormalizerProto,
        head: HeadProto,
        loss: LossProto,
        context_merger: ContextMergerProto | None = None,
    ) -> Self:
        """The model of these parts; this is what a spec builds.

        Raises what the embedder raises where it has no item embeddings.
        """
        embedder.get_item_weights(torch.empty(0, dtype=torch.int64))  # else the first batch fails
        body = SasRecBody(embedder, aggregator, mask, encoder, norm)
        return cls(body, loss, head, context_merger)

    @classmethod
    def from_params(
        cls,
        schema: TensorSchema,
        embedding_dim: int = 192,
        num_heads: int = 4,
        num_blocks: int = 2,
        max_sequence_length: int = 50,
        dropout: float = 0.3,
        excluded_features: Iterable[str] | None = None,
        categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = "sum",
        init: Literal["balanced", "reference"] = "balanced",
    ) -> Self:
        """A model of the default parts, with relu and full cross-entropy.

        Embeds every feature except the query id, the timestamp and `excluded_features`; weights of
        the reference go with init="reference".
        """
        parts = default_parts(
            _PARTS,
            "seqrec-model-sasrec:sasrec",
            embedded_features(schema, excluded_features),
            categorical_list_feature_aggregation_method,
            init,
            embedding_dim=embedding_dim,
            num_heads=num_heads,
            num_blocks=num_blocks,
            max_sequence_length=max_sequence_length,
            dropout=dropout,
        )
        return cls.from_parts(**parts)

    def forward(
        self,
        feature_tensors: Mapping[str, Tensor],
        padding_mask: Tensor,
        candidates_to_score: Tensor | None = None,
        positive_labels: Tensor | None = None,
        negative_labels: Tensor | None = None,
        target_padding_mask: Tensor | None = None,
        *,
        output_hidden_states: HiddenStates = "final",
        negative_logq: Tensor | None = None,
        positive_logq: Tensor | None = None,
    ) -> TrainOutput | InferenceOutput:
        """In training the loss of all positions, in evaluation the logits of the last one.

        Features are (B, L) or (B, L, n), left-padded; `padding_mask` (B, L) is True at real
        events. `candidates_to_score` (C,) or (B, C) are the item ids to score; by default all
        V. Labels are (B, L, P), `target_padding_mask` (B, L, P) is True where one counts;
        negatives (N,), (B, N) or (B, L, N) are for losses that need them, `negative_logq` and
        `positive_logq` for those that correct for how often items are drawn, see `Labels`.

        `output_hidden_states` says what else is returned: "final" the last layer's, (B, L, D),
        "all" the embeddings and then one a block, "none" nothing, and then evaluation computes
        the last position only. The last entry is always after the output normalisation; merged
        states, if any, come behind it.

        Warns (RuntimeWarning) of arguments without effect. Raises ValueError for labels that
        the loss misses.
        """
        return next_item(
            self,
            feature_tensors,
            padding_mask,
            candidates_to_score,
            positive_labels,
            negative_labels,
            target_padding_mask,
            output_hidden_states,
            negative_logq,
            positive_logq,
        )

    def get_logits(
        self, model_embeddings: Tensor, candidates_to_score: Tensor | None = None
    ) -> Tensor:
        """Logits (..., V) of hidden states (..., D), or of candidates (C,), or (B, C) each."""
        return self.scorer()(model_embeddings, candidates_to_score)

    def hidden_states(
        self,
        feature_tensors: Mapping[str, Tensor],
        padding_mask: Tensor,
        which: Literal["final", "all"] = "final",
    ) -> tuple[Tensor, ...]:
        """The final hidden states (B, L, D), or those of all layers, the scored ones last."""
        if which == "all":
            states = self.body.hidden_states(feature_tensors, padding_mask)
        else:
            states = (self.body(feature_tensors, padding_mask),)
        if self.context_merger is None:
            return states
        merged = self.context_merger(model_hidden_state=states[-1], feature_tensors=feature_tensors)
        return (*states, merged)

    def last_hidden_state(
        self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor
    ) -> Tensor | None:
        """The scored hidden state (B, D) of the last position, by itself unless merged."""
        if self.context_merger is not None:
            return self.hidden_states(feature_tensors, padding_mask)[-1][:, -1]
        return self.body.forward_last(feature_tensors, padding_mask)

    def scorer(self) -> ItemScorer:
        """Scores items for hidden states, by the head and the item embeddings."""
        embedder = unwrap(self.body.embedder)
        padding = embedder.item_padding() if isinstance(embedder, PaddedItems) else None
        return ItemScorer(self.head, embedder.get_item_weights, padding)
