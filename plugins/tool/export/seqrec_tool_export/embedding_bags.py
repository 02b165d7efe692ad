"""Sums of embeddings in operations that every runtime has: ONNX would loop over the bags."""

import torch
from torch import Tensor, nn

__all__ = ["LookedUpBag", "look_up_bags"]


class LookedUpBag(nn.EmbeddingBag):
    """An EmbeddingBag of equal bags (M, N) that looks up (M, N, D) and reduces it."""

    def forward(
        self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None
    ) -> Tensor:
        """Reduced embeddings (M, D); the padding, if there is one, does not count."""
        if offsets is not None:
            return super().forward(input, offsets, per_sample_weights)
        values = nn.functional.embedding(input, self.weight)
        if per_sample_weights is not None:
            values = values * per_sample_weights.unsqueeze(-1)
        is_padding = torch.zeros_like(input).bool()
        if self.padding_idx is not None:
            is_padding = input == self.padding_idx
        if self.mode == "max":
            highest = values.masked_fill(is_padding.unsqueeze(-1), -torch.inf).amax(1)
            return highest.masked_fill(is_padding.all(1, keepdim=True), 0)
        total = values.masked_fill(is_padding.unsqueeze(-1), 0).sum(1)
        if self.mode == "mean":
            total = total / (~is_padding).sum(1, keepdim=True).clamp(min=1)
        return total


def look_up_bags(model: nn.Module) -> None:
    """Has the bags of a model compute so, in place; their weights stay as they are, and shared."""
    for module in model.modules():
        if type(module) is nn.EmbeddingBag:
            module.__class__ = LookedUpBag
