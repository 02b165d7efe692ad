"""The weights of multi-head softmax attention, and what each layer of it does with them."""

from torch import Tensor, nn
from torch.nn import functional as F

from seqrec_library_kernels.softmax_attention import softmax_attention

__all__ = ["AttentionHeads"]


class AttentionHeads(nn.Module):
    """Projects to heads, lets them attend with dropout on the attention weights, and projects back.

    A layer derives its `forward` from these. The rows of `in_projection` are those of the query,
    the key and the value, in this order.

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

    def project(self, asking: Tensor, answering: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, H, Q, D/H) of asking (B, Q, D); keys and values of answering (B, L, D)."""
        (dim,) = self.out_projection.bias.shape
        weight, bias = self.in_projection.weight, self.in_projection.bias
        query = F.linear(asking, weight[:dim], bias[:dim])
        keys, values = F.linear(answering, weight[dim:], bias[dim:]).chunk(2, dim=-1)
        return self.heads(query), self.heads(keys), self.heads(values)

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """What queries (B, H, Q, D/H) gather of values (B, H, L, D/H), projected, (B, Q, D).

        The mask (B, 1 or H, Q, L) is added to their scores with the keys.
        """
        drop = self.dropout if self.training else 0.0
        mixed = softmax_attention(queries, keys, values, mask, drop)
        output: Tensor = self.out_projection(mixed.transpose(1, 2).flatten(2))
        return output

    def heads(self, projected: Tensor) -> Tensor:
        """(B, L, D) -> (B, H, L, D/H)."""
        split: Tensor = projected.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
        return split
