"""Multi-head self-attention that takes positions."""

import math
from collections.abc import Callable
from functools import partial

import torch
from seqrec_library_kernels.attention_scores import by_users, per_head_mask
from seqrec_library_kernels.dropout import dropout
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["Placement", "SelfAttention"]

Placement = Callable[[Tensor, Tensor], tuple[Tensor, Tensor, Tensor | None]]
"""Queries and keys (B, H, L, D/H) to such that know their positions, and what scores gain."""


class SelfAttention(nn.Module):
    """Multi-head scaled dot-product self-attention with dropout on the attention weights.

    Source: Vaswani et al., "Attention Is All You Need", arXiv:1706.03762, section 3.2. The rows
    of `in_projection` are those of the query, the key and the value, in this order.
    """

    def __init__(self, embedding_dim: int, num_heads: int, dropout: float):
        super().__init__()
        if embedding_dim % num_heads:
            raise ValueError(
                f"num_heads {num_heads} does not divide embedding_dim {embedding_dim}; "
                "choose a divisor"
            )
        self.num_heads = num_heads
        self.dropout = dropout
        self.in_projection = nn.Linear(embedding_dim, 3 * embedding_dim)
        self.out_projection = nn.Linear(embedding_dim, embedding_dim)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws Xavier-normal weights; biases become zero."""
        for linear in (self.in_projection, self.out_projection):
            nn.init.xavier_normal_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(
        self,
        sequence: Tensor,
        attention_mask: Tensor,
        place: Placement | None = None,
        last_only: bool = False,
    ) -> Tensor:
        """Lets (B, L, D) look at itself: (B, L, D), or for the last position alone (B, 1, D).

        attention_mask is 0 where a pair is kept and -inf where it is dropped: (B*H, L, L),
        (B, H, L, L) or (B, 1, L, L).
        """
        if last_only and place is None:
            queries, keys, values = self._last_query(sequence)
        else:
            queries, keys, values = map(self._heads, self.in_projection(sequence).chunk(3, dim=-1))
        bias = None
        if place is not None:
            queries, keys, bias = place(queries, keys)
            queries, keys = queries.to(values.dtype), keys.to(values.dtype)
        mask = per_head_mask(attention_mask, values)
        if bias is not None:
            mask = mask + bias.to(mask.dtype)
        if last_only:
            queries, mask = queries[:, :, -1:], mask[..., -1:, :]
        mixed = _attention(queries, keys, values, mask, self.dropout if self.training else 0.0)
        output: Tensor = self.out_projection(mixed.transpose(1, 2).flatten(2))
        return output

    def _last_query(self, sequence: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The query (B, H, 1, D/H) of the last position, and keys and values of all."""
        dim = sequence.size(-1)
        weight, bias = self.in_projection.weight, self.in_projection.bias
        query = F.linear(sequence[:, -1:], weight[:dim], bias[:dim])
        keys, values = F.linear(sequence, weight[dim:], bias[dim:]).chunk(2, dim=-1)
        return self._heads(query), self._heads(keys), self._heads(values)

    def _heads(self, projected: Tensor) -> Tensor:
        """(B, L, D) -> (B, H, L, D/H)."""
        heads: Tensor = projected.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
        return heads


def _attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, drop: float) -> Tensor:
    """Attention by the fused kernel, except where dropout would keep a CPU off it."""
    if drop and query.device.type == "cpu" and not torch.compiler.is_compiling():
        return by_users(partial(_attention_with_dropout, drop=drop), query, key, value, mask)
    return F.scaled_dot_product_attention(query, key, value, mask, dropout_p=drop)


def _attention_with_dropout(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor, drop: float
) -> Tensor:
    """The formula itself, (B, H, Q, D/H), with dropout on the attention weights."""
    scores = torch.matmul(query / math.sqrt(query.size(-1)), key.mT).add_(mask)
    return torch.matmul(dropout(scores.softmax(-1), drop), value)
