"""BERT4Rec: guesses hidden events from what stands before and behind them."""

from collections.abc import Mapping
from typing import Literal, Self

import torch
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_library_kernels.unwrap import unwrap
from seqrec_library_next_item.next_item import next_item
from torch import Tensor, nn

from seqrec_core.contracts import (
    AggregatorProto,
    AttentionMaskProto,
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
from seqrec_model_bert4rec.body import HIDDEN, Bert4RecBody

__all__ = ["Bert4Rec"]


class Bert4Rec(nn.Module):
    """Learns to fill in hidden events; to predict, it fills in one behind the last event.

    Source: Sun et al., "BERT4Rec: Sequential Recommendation with Bidirectional Encoder
    Representations from Transformer", arXiv:1904.06690, sections 3.3 to 3.6. That event takes one
    of the max_sequence_length positions, so a history that fills them all loses its oldest event.
    """

    def __init__(
        self, body: Bert4RecBody, loss: LossProto, head: HeadProto, max_sequence_length: int
    ) -> None:
        super().__init__()
        self.body = body
        self.head = head
        self.loss = loss
        self.max_sequence_length = max_sequence_length

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
        max_sequence_length: int,
        item_feature_name: str,
    ) -> Self:
        """The model of these parts; this is what a spec builds.

        Raises what the embedder raises where it has no item embeddings.
        """
        embedder.get_item_weights(torch.empty(0, dtype=torch.int64))  # else the first batch fails
        body = Bert4RecBody(embedder, aggregator, mask, encoder, norm, item_feature_name)
        return cls(body, loss, head, max_sequence_length)

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
        """In training the loss of what is hidden, in evaluation the logits of what comes next.

        Features are (B, L) or (B, L, n), left-padded; `padding_mask` (B, L) is True at real
        events. `target_padding_mask` (B, L, P) is True where one of the labels (B, L, P) counts:
        these events are hidden, with all their features. `candidates_to_score` (C,) or (B, C) are
        the item ids to score; by default all V. Negatives are (N,), (B, N) or (B, L, N), for
        losses that need them, `negative_logq` and `positive_logq` as in `Labels`.

        `output_hidden_states` says what else is returned: "final" the last layer's, (B, L, D),
        "all" the embeddings and then one a block, "none" nothing. In evaluation the last position
        is that of the event which is asked for, and the first one of L + 1 is left out.

        Warns (RuntimeWarning) of arguments without effect. Raises ValueError for labels that
        the loss misses.
        """
        if self.training and target_padding_mask is not None:
            feature_tensors = {**feature_tensors, HIDDEN: target_padding_mask.any(-1)}
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
        """The final hidden states (B, L, D), or those of all layers, the final ones last.

        Without a mask of hidden events among the features, the last position asks for the next.
        """
        length = padding_mask.size(1)
        if HIDDEN not in feature_tensors:
            feature_tensors, padding_mask = self._asking(feature_tensors, padding_mask)
        if which == "all":
            states = self.body.hidden_states(feature_tensors, padding_mask)
        else:
            states = (self.body(feature_tensors, padding_mask),)
        return tuple(state[:, -length:] for state in states)

    def last_hidden_state(
        self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor
    ) -> Tensor | None:
        """The final hidden state (B, D) of the event that is asked for, computed by itself."""
        return self.body.forward_last(*self._asking(feature_tensors, padding_mask))

    def scorer(self) -> ItemScorer:
        """Scores items for hidden states, by the head and the item embeddings."""
        embedder = unwrap(self.body.embedder)
        padding = embedder.item_padding() if isinstance(embedder, PaddedItems) else None
        return ItemScorer(self.head, embedder.get_item_weights, padding)

    def _asking(
        self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Both with a hidden event behind the last, (B, L + 1), or (B, L) where L is the most.

        It has the features of the last event, which only what is not embedded can read: a time.
        """
        is_full = padding_mask.size(1) == self.max_sequence_length
        longer = {
            name: torch.cat([feature[:, int(is_full) :], feature[:, -1:]], 1)
            if feature.shape[:2] == padding_mask.shape
            else feature
            for name, feature in feature_tensors.items()
        }
        real = padding_mask[:, int(is_full) :]
        asked = torch.ones_like(padding_mask[:, -1:])
        longer[HIDDEN] = torch.cat([torch.zeros_like(real), asked], 1)
        return longer, torch.cat([real, asked], 1)
