"""The head that scores items by their embeddings."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["EmbeddingTyingHead"]


class EmbeddingTyingHead(nn.Module):
    """Scores an item by the dot product of its embedding with the hidden state."""

    def is_dot_product(self) -> bool:
        """True: scores are products and nothing else."""
        return True

    def forward(self, hidden_states: Tensor, item_embeddings: Tensor) -> Tensor:
        """Scores (B, I) of hidden states (B, D), or (B, L, I) of (B, L, D).

        item_embeddings are (I, D), the same for everyone, or (B, I, D), each user's own.
        """
        if item_embeddings.dim() == 2:
            return F.linear(hidden_states, item_embeddings)
        if hidden_states.dim() == 2:
            return torch.bmm(item_embeddings, hidden_states.unsqueeze(-1)).squeeze(-1)
        return torch.bmm(hidden_states, item_embeddings.mT)

    def one_item_each(self, hidden_states: Tensor, item_embeddings: Tensor) -> Tensor:
        """Scores (...) of hidden states (..., D), each against its own item (..., D)."""
        return (hidden_states * item_embeddings).sum(-1)
