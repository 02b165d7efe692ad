"""BERT4Rec, Sun et al., arXiv:1904.06690: B users, L positions, D dim, V items."""

from collections.abc import Mapping

import torch
from seqrec_core import contracts
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_library_kernels.unwrap import unwrap
from torch import Tensor, nn


class Bert(nn.Module):
    """Guesses the items that are hidden; in evaluation, one that stands behind the last event."""

    def __init__(
        self,
        embedder: contracts.EmbedderProto,
        aggregator: contracts.AggregatorProto,
        mask: contracts.AttentionMaskProto,
        encoder: contracts.EncoderProto,
        norm: contracts.NormalizerProto,
        head: contracts.HeadProto,
        loss: contracts.LossProto,
        max_sequence_length: int,
        item_feature_name: str,
    ):
        super().__init__()
        self.embedder, self.aggregator, self.mask = embedder, aggregator, mask
        self.encoder, self.norm, self.head, self.loss = encoder, norm, head, loss
        self.most, self.item = max_sequence_length, item_feature_name
        self.hidden_item = nn.Parameter(0.02 * torch.randn(embedder.embeddings_dim[self.item]))

    def forward(
        self,
        feature_tensors: Mapping[str, Tensor],
        padding_mask: Tensor,
        candidates_to_score: Tensor | None = None,
        positive_labels: Tensor | None = None,
        negative_labels: Tensor | None = None,
        target_padding_mask: Tensor | None = None,
    ) -> contracts.TrainOutput | contracts.InferenceOutput:
        """The loss of what target_padding_mask (B, L, 1) hides; in evaluation logits (B, V)."""
        if self.training and positive_labels is not None and target_padding_mask is not None:
            states = self.states(feature_tensors, padding_mask, target_padding_mask.any(-1))
            labels = positive_labels, target_padding_mask, negative_labels, None, feature_tensors
            loss = self.loss(states, contracts.Labels(*labels), scorer=self.scorer())
            return {"loss": loss, "hidden_states": (states,)}
        longer = {name: self._longer(f, f[:, -1:]) for name, f in feature_tensors.items()}
        one = torch.ones_like(padding_mask[:, :1])
        asked = self._longer(torch.zeros_like(padding_mask), one)
        states = self.states(longer, self._longer(padding_mask, one), asked)
        logits = self.scorer()(states[:, -1], candidates_to_score)
        return {"logits": logits, "hidden_states": (states[:, -padding_mask.size(1) :],)}

    def states(self, features: Mapping[str, Tensor], real: Tensor, hidden: Tensor) -> Tensor:
        """Hidden states (B, L, D); what is hidden (B, L) is a vector of its own to the encoder."""
        embeddings = {
            name: torch.where(hidden[..., None], self.hidden_item * (name == self.item), embedding)
            for name, embedding in self.embedder(features).items()
        }
        masks = {"padding_mask": real, "attention_mask": self.mask(features, real)}
        inputs = self.aggregator(embeddings)
        return self.norm(self.encoder(feature_tensors=features, input_embeddings=inputs, **masks))

    def _longer(self, column: Tensor, last: Tensor) -> Tensor:
        return torch.cat([column, last], 1)[:, -self.most :]

    def scorer(self) -> ItemScorer:
        """Scores items for hidden states, by the head and the item embeddings."""
        part = unwrap(self.embedder)
        padding = part.item_padding() if isinstance(part, contracts.PaddedItems) else None
        return ItemScorer(self.head, self.embedder.get_item_weights, padding)
