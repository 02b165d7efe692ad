"""Multi-head differential attention."""

import math

import torch
from seqrec_library_kernels.attention_scores import by_users, per_head_mask
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["MultiHeadDifferentialAttention"]

_HEAD_NORM_EPS = 1e-5


class MultiHeadDifferentialAttention(nn.Module):
    """The difference of two softmax attentions, so that what both attend to cancels out.

    Queries and keys have kdim features in each of the two attentions, values have vdim; both
    are embedding_dim unless given and both must be divisible by num_heads. Each head learns its
    own weight of the second attention, which starts near lambda_init.

    Source: Ye et al., "Differential Transformer", arXiv:2410.05258, section 2.1. The paper shares
    that weight among the heads.
    """

    def __init__(
        self,
        embedding_dim: int,
        num_heads: int,
        lambda_init: float,
        bias: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
    ):
        super().__init__()
        kdim = kdim or embedding_dim
        vdim = vdim or embedding_dim
        for name, size in (("kdim", kdim), ("vdim", vdim)):
            if size % num_heads:
                raise ValueError(
                    f"num_heads {num_heads} does not divide {name} {size} (by default "
                    f"embedding_dim, {embedding_dim}); choose a divisor"
                )
        self.num_heads = num_heads
        self.lambda_init = lambda_init
        self.query_projection = nn.Linear(embedding_dim, 2 * kdim, bias=bias)
        self.key_projection = nn.Linear(embedding_dim, 2 * kdim, bias=bias)
        self.value_projection = nn.Linear(embedding_dim, vdim, bias=bias)
        self.out_projection = nn.Linear(vdim, embedding_dim, bias=bias)
        # (query or key, first or second attention, H, kdim / H)
        self.lambdas = nn.Parameter(torch.empty(2, 2, num_heads, kdim // num_heads))
        self.head_norm = nn.RMSNorm(vdim // num_heads, eps=_HEAD_NORM_EPS)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws Xavier-normal weights, those of lambda included; scales become one."""
        projections = (self.query_projection, self.key_projection, self.value_projection)
        for linear in (*projections, self.out_projection):
            linear.reset_parameters()
            nn.init.xavier_normal_(linear.weight)
        nn.init.normal_(self.lambdas, std=math.sqrt(2 / sum(self.lambdas.shape[2:])))
        self.head_norm.reset_parameters()

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None
    ) -> Tensor:
        """Lets query (B, Q, D) look at key and value (B, L, D) and returns (B, Q, D).

        attn_mask is 0 where a pair is kept and -inf where it is dropped: (B*H, Q, L),
        (B, H, Q, L) or (B, 1, Q, L). Without it, attention is causal: the last query stands at
        the last key.
        """
        queries = self._heads(self.query_projection(query))
        keys = self._heads(self.key_projection(key))
        values = self._heads(self.value_projection(value))
        if attn_mask is None:
            attn_mask = _causal_mask(queries, keys)
        mask = per_head_mask(attn_mask, queries)
        heads = self.head_norm(by_users(self._attend, queries, keys, values, mask))
        heads = heads * (1 - self.lambda_init)
        output: Tensor = self.out_projection(heads.transpose(1, 2).flatten(2))
        return output

    def second_weight(self) -> Tensor:
        """The weight of the second attention in each head, (H,)."""
        first, second = (self.lambdas[0] * self.lambdas[1]).sum(-1).exp()
        weight: Tensor = first - second + self.lambda_init
        return weight

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
        """Values (B, H, Q, d) under the first attention less the weighted second one."""
        first, second = (
            _attention_weights(*halves, mask)
            for halves in zip(query.chunk(2, dim=-1), key.chunk(2, dim=-1), strict=True)
        )
        return torch.matmul(first - self.second_weight()[:, None, None] * second, value)

    def _heads(self, projected: Tensor) -> Tensor:
        """(B, L, H * d) -> (B, H, L, d)."""
        heads: Tensor = projected.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
        return heads


def _attention_weights(query: Tensor, key: Tensor, mask: Tensor) -> Tensor:
    """How much each query looks at each key, (B, H, Q, L)."""
    scores = torch.matmul(query / math.sqrt(query.size(-1)), key.mT)
    return F.softmax(scores.add_(mask), dim=-1)


def _causal_mask(query: Tensor, key: Tensor) -> Tensor:
    """(B, 1, Q, L): -inf at keys behind the query, when both end at the same position."""
    length, past = query.size(-2), key.size(-2)
    mask = query.new_full((length, past), -torch.inf).triu(past - length + 1)
    return mask.expand(query.size(0), 1, -1, -1)
