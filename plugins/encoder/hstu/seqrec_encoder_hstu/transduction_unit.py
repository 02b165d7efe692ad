"""One block of HSTU."""

from collections.abc import Sequence
from typing import Literal

from seqrec_library_kernels.attention_scores import per_head_mask
from seqrec_library_kernels.dropout import Dropout
from seqrec_library_positions.positioned import Placement
from torch import Tensor, nn
from torch.nn import functional as F

from seqrec_encoder_hstu.attention import pointwise_attention

__all__ = ["SequentialTransductionUnit"]

_NORM_EPS = 1e-6
_PROJECTION_STD = 0.02


class SequentialTransductionUnit(nn.Module):
    """Pointwise projection, pointwise attention, gating and the residual.

    U, Q, K, V = silu(LayerNorm(x) W); A = silu(Q K^T + bias) / n over visible events;
    output = x + dropout(LayerNorm(A V) * U) O + o. Norms learn nothing, scores are not scaled.
    The rows of `in_projection` are those of U, Q, K and V, each with all heads.

    Source: Zhai et al., "Actions Speak Louder than Words: Trillion-Parameter Sequential
    Transducers for Generative Recommendations", arXiv:2402.17152, eq. 1 to 3; norms, dropout
    and first weights are those of the authors' code.
    """

    def __init__(
        self,
        embedding_dim: int,
        num_heads: int,
        attention_dim: int,
        value_dim: int,
        dropout: float,
        max_sequence_length: int,
        divisor: Literal["max_sequence_length", "visible_events"],
    ):
        super().__init__()
        self.num_heads = num_heads
        self.max_sequence_length = max_sequence_length
        self.divisor = divisor
        self.sizes = [num_heads * size for size in (value_dim, attention_dim)]
        self.norm = nn.LayerNorm(embedding_dim, _NORM_EPS, elementwise_affine=False)
        self.in_projection = nn.Linear(embedding_dim, 2 * sum(self.sizes), bias=False)
        self.attended_norm = nn.LayerNorm(self.sizes[0], _NORM_EPS, elementwise_affine=False)
        self.dropout = Dropout(dropout)
        self.out_projection = nn.Linear(self.sizes[0], embedding_dim)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws normal weights of the projection, Xavier-uniform ones of the output."""
        nn.init.normal_(self.in_projection.weight, std=_PROJECTION_STD)
        nn.init.xavier_uniform_(self.out_projection.weight)
        nn.init.zeros_(self.out_projection.bias)

    def forward(
        self,
        sequence: Tensor,
        attention_mask: Tensor,
        place: Placement | None = None,
        last_only: bool = False,
    ) -> Tensor:
        """Maps (B, L, D) to (B, L, D), or to its last position, (B, 1, D).

        attention_mask is 0 where a pair is kept and -inf where it is dropped: (B*H, L, L),
        (B, H, L, L) or (B, 1, L, L).
        """
        asked = slice(-1, None) if last_only else slice(None)
        project = self._last_projected if last_only and place is None else self._projected
        gates, *heads = project(self.norm(sequence))
        queries, keys, values = map(self._heads, heads)
        bias = None
        if place is not None:
            queries, keys, bias = place(queries, keys)
            queries, keys = queries[:, :, asked].to(values.dtype), keys.to(values.dtype)
            bias = None if bias is None else bias[..., asked, :]
        mask = per_head_mask(attention_mask, values)[..., asked, :]
        attended = pointwise_attention(queries, keys, values, mask, bias) / self._count(mask)
        gated = gates[:, asked] * self.attended_norm(attended.transpose(1, 2).flatten(2))
        output: Tensor = sequence[:, asked] + self.out_projection(self.dropout(gated))
        return output

    def _projected(self, normed: Tensor) -> Sequence[Tensor]:
        """U, Q, K and V (B, L, H*d) of all positions."""
        sizes = [*self.sizes, *self.sizes[::-1]]
        parts: Sequence[Tensor] = F.silu(self.in_projection(normed)).split(sizes, dim=-1)
        return parts

    def _last_projected(self, normed: Tensor) -> Sequence[Tensor]:
        """U and Q (B, 1, H*d) of the last position, K and V (B, L, H*d) of all."""
        asking, answering = self.in_projection.weight.chunk(2)
        asks = F.silu(F.linear(normed[:, -1:], asking))
        answers = F.silu(F.linear(normed, answering))
        return *asks.split(self.sizes, dim=-1), *answers.split(self.sizes[::-1], dim=-1)

    def _heads(self, projected: Tensor) -> Tensor:
        """(B, L, H*d) -> (B, H, L, d)."""
        heads: Tensor = projected.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
        return heads

    def _count(self, mask: Tensor) -> Tensor | int:
        """What sums are divided by: a number, or what each position sees, (B, 1 or H, Q, 1)."""
        if self.divisor == "max_sequence_length":
            return self.max_sequence_length
        seen: Tensor = mask.exp().sum(-1, keepdim=True)
        return seen
