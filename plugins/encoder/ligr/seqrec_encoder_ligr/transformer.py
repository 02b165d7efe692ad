"""The encoder of eSASRec."""

from collections.abc import Iterable
from typing import Literal

from seqrec_library_positions.block_stack import BlockStack
from seqrec_library_positions.kind import PositionProto
from seqrec_library_positions.positioned import Placement
from torch import Tensor, nn

from seqrec_encoder_ligr.attention import SelfAttention
from seqrec_encoder_ligr.expanded_feed_forward import ExpandedFeedForward
from seqrec_encoder_ligr.gated_residual import GatedResidual

__all__ = ["LiGRBlock", "LiGREncoder"]


class LiGRBlock(nn.Module):
    """Attention, then a feed-forward network: each normalises before, and adds through a gate."""

    def __init__(
        self,
        embedding_dim: int,
        num_heads: int,
        dropout: float,
        ff_factor: int,
        activation: Literal["swiglu", "relu", "gelu"],
        bias: bool,
    ):
        super().__init__()
        self.attention_norm = nn.LayerNorm(embedding_dim)
        self.attention = SelfAttention(embedding_dim, num_heads, dropout)
        self.attention_residual = GatedResidual(embedding_dim, dropout)
        self.feed_forward_norm = nn.LayerNorm(embedding_dim)
        self.feed_forward = ExpandedFeedForward(
            embedding_dim, ff_factor * embedding_dim, dropout, activation, bias
        )
        self.feed_forward_residual = GatedResidual(embedding_dim, dropout)

    def reset_parameters(self) -> None:
        """Draws fresh weights."""
        for layer in self.children():
            layer.reset_parameters()  # type: ignore[operator]

    def forward(
        self,
        sequence: Tensor,
        attention_mask: Tensor,
        place: Placement | None = None,
        last_only: bool = False,
    ) -> Tensor:
        """Maps (B, L, D) to (B, L, D), or to its last position, (B, 1, D)."""
        normed = self.attention_norm(sequence)
        mixed = self.attention(normed, attention_mask, place, last_only)
        hidden = self.attention_residual(sequence[:, -1:] if last_only else sequence, mixed)
        update = self.feed_forward(self.feed_forward_norm(hidden))
        output: Tensor = self.feed_forward_residual(hidden, update)
        return output


class LiGREncoder(BlockStack):
    """A stack of LiGR blocks, the transformer of eSASRec.

    With F the attention or the feed-forward network, each block computes twice
    x + sigmoid(x W + b) * F(LayerNorm(x)). There is no normalisation behind the last block.

    Source: Borisyuk et al., "From Features to Transformers: Redefining Ranking for Scalable
    Impact", arXiv:2502.03417, section 3, for single events; Tikhonovich et al., "eSASRec",
    arXiv:2508.06450, for sequences of them, with SwiGLU. The mask alone decides who sees whom.
    """

    def __init__(
        self,
        embedding_dim: int,
        num_heads: int,
        num_blocks: int,
        dropout: float,
        ff_factor: int = 4,
        activation: Literal["swiglu", "relu", "gelu"] = "swiglu",
        bias: bool = False,
        positions: Iterable[PositionProto] = (),
    ):
        blocks = (
            LiGRBlock(embedding_dim, num_heads, dropout, ff_factor, activation, bias)
            for _ in range(num_blocks)
        )
        super().__init__(blocks, positions)
