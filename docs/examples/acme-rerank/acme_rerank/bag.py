"""A model with a reranker: B users, L positions, D dim, V items."""

from collections.abc import Mapping

import torch
from seqrec_core import contracts
from seqrec_library_kernels.scorer import ItemScorer
from torch import Tensor, nn

from acme_rerank.kind import RerankerProto


class Bag(nn.Module):
    """Scores items for the mean of the events so far; the reranker has the last word."""

    def __init__(
        self,
        embedding_dim: int,
        cardinality: int,
        item_feature_name: str,
        head: contracts.HeadProto,
        loss: contracts.LossProto,
        reranker: RerankerProto,
    ):
        super().__init__()
        self.item, self.head, self.loss, self.reranker = item_feature_name, head, loss, reranker
        self.items = nn.Embedding(cardinality + 1, embedding_dim, padding_idx=cardinality)

    def forward(
        self,
        feature_tensors: Mapping[str, Tensor],
        padding_mask: Tensor,
        candidates_to_score: Tensor | None = None,
        positive_labels: Tensor | None = None,
        negative_labels: Tensor | None = None,
        target_padding_mask: Tensor | None = None,
    ) -> contracts.TrainOutput | contracts.InferenceOutput:
        """In training the loss; in evaluation logits (B, V), or (B, C) of candidates."""
        history = feature_tensors[self.item].where(padding_mask, self.items.num_embeddings - 1)
        real = padding_mask[..., None].to(self.items.weight.dtype)
        states = (self.items(history) * real).cumsum(1) / real.cumsum(1).clamp(min=1)  # (B, L, D)
        scorer = ItemScorer(self.head, self.item_weights)
        if self.training and positive_labels is not None and target_padding_mask is not None:
            labels = contracts.Labels(positive_labels, target_padding_mask, negative_labels)
            return {"loss": self.loss(states, labels, scorer=scorer), "hidden_states": (states,)}
        logits = scorer(states[:, -1])
        every = torch.arange(logits.size(1), device=logits.device)
        logits = self.reranker(logits, every, history)
        if candidates_to_score is not None:
            logits = logits.gather(1, candidates_to_score.expand(len(logits), -1))
        return {"logits": logits, "hidden_states": (states,)}

    def item_weights(self, ids: Tensor | None = None) -> Tensor:
        """Embeddings (*ids.shape, D), or (V, D) of every item."""
        return self.items.weight[:-1] if ids is None else self.items(ids)
