"""Multi-head attention whose queries come from another tensor than its keys and values."""

import math
from collections.abc import Callable
from functools import partial

import torch
from seqrec_library_kernels.attention_scores import by_users, per_head_mask
from seqrec_library_kernels.dropout import dropout
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["MultiHeadAttention", "Position"]

Position = Callable[[Tensor, Tensor], tuple[Tensor, Tensor, Tensor | None]]
"""New queries and keys (B, H, L, D/H), and what is added to scores, as `positioned` gives them."""


class MultiHeadAttention(nn.Module):
    """Multi-head scaled dot-product attention with dropout on the attention weights.

    Computes what `torch.nn.MultiheadAttention(batch_first=True)` computes, from the same weights:
    the rows of `in_projection` are those of the query, the key and the value, in this order.

    Source: Vaswani et al., "Attention Is All You Need", arXiv:1706.03762, section 3.2.
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
        query: Tensor,
        sequence: Tensor,
        attention_mask: Tensor,
        position: Position | None = None,
    ) -> Tensor:
        """Lets query (B, Q, D) look at sequence (B, L, D) and returns (B, Q, D).

        attention_mask is 0 where a pair is kept and -inf where it is dropped: (B*H, Q, L),
        (B, H, Q, L) or (B, 1, Q, L). With a position, Q is L.
        """
        (dim,) = self.out_projection.bias.shape
        weight, bias = self.in_projection.weight, self.in_projection.bias
        queries = self._heads(F.linear(query, weight[:dim], bias[:dim]))
        keys, values = map(
            self._heads, F.linear(sequence, weight[dim:], bias[dim:]).chunk(2, dim=-1)
        )
        mask = per_head_mask(attention_mask, queries)
        if position is not None:
            queries, keys, added = position(queries, keys)
            mask = mask if added is None else mask + added.to(mask.dtype)
        mixed = _attention(queries, keys, values, mask, self.dropout if self.training else 0.0)
        mixed = mixed.transpose(1, 2).flatten(2)  # (B, H, Q, D/H) -> (B, Q, D)
        output: Tensor = self.out_projection(mixed)
        return output

    def pooled(self, query: Tensor, sequence: Tensor, attention_mask: Tensor) -> Tensor:
        """`forward` for one query (B, 1, D) a user, without keys and values of the sequence.

        The query is taken through the key weights instead, and the weighted sum of the sequence
        through the value weights. Key biases shift all scores of a row alike, which softmax
        does not see; the value bias is added once, for attention weights sum to 1.
        """
        (dim,) = self.out_projection.bias.shape
        weights = self.in_projection.weight.view(3, self.num_heads, -1, dim)  # (3, H, D/H, D)
        bias = self.in_projection.bias
        queries = F.linear(query, self.in_projection.weight[:dim], bias[:dim])
        queries = self._heads(queries)[:, :, 0] / math.sqrt(dim // self.num_heads)
        scores = torch.einsum("bhk,hkd->bhd", queries, weights[1]) @ sequence.mT  # (B, H, L)
        mask = per_head_mask(attention_mask, queries.unsqueeze(2)).squeeze(2)
        mixed = (scores + mask).softmax(-1) @ sequence  # (B, H, D)
        values = torch.einsum("bhd,hkd->bhk", mixed, weights[2]).flatten(1) + bias[2 * dim :]
        output: Tensor = self.out_projection(values)
        return output.unsqueeze(1)

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
