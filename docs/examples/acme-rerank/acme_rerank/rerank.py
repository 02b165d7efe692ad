"""A postprocessor that reranks."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from acme_rerank.kind import RerankerProto


class Rerank(nn.Module):
    """Gives a reranker the scores of any model, alike in metrics and in recommendations."""

    def __init__(self, reranker: RerankerProto, cardinality: int, history_column: str):
        super().__init__()
        self.reranker = reranker
        self.cardinality = cardinality
        self.history_column = history_column

    def on_prediction(self, batch: Mapping[str, Any], logits: Tensor) -> Tensor:
        """New logits (B, C); columns are `candidates_to_score` of the batch, or all items."""
        every = torch.arange(logits.size(1), device=logits.device)
        history = batch[self.history_column]
        history = history.where(history >= 0, self.cardinality)
        return self.reranker(logits, batch.get("candidates_to_score", every), history)

    def on_validation(self, batch: Mapping[str, Any], logits: Tensor) -> Tensor:
        """The same."""
        return self.on_prediction(batch, logits)
