"""The encoder of SASRec."""

from collections.abc import Iterable
from typing import Literal

from seqrec_library_positions.block_stack import BlockStack
from seqrec_library_positions.kind import PositionProto
from seqrec_library_positions.positioned import Placement
from torch import Tensor, nn

from seqrec_encoder_sasrec.attention import MultiHeadAttention
from seqrec_encoder_sasrec.feed_forward import PointWiseFeedForward

__all__ = ["SasRecBlock", "SasRecTransformerLayer"]

_NORM_EPS = 1e-8


class SasRecBlock(nn.Module):
    """Attention, then a point-wise feed-forward network.

    As in the authors' code, only the query is normalised, keys and values are not, and both
    residuals start from the normalised tensor.
    """

    def __init__(
        self,
        embedding_dim: int,
        num_heads: int,
        dropout: float,
        activation: Literal["relu", "gelu"],
    ):
        super().__init__()
        self.attention_norm = nn.LayerNorm(embedding_dim, eps=_NORM_EPS)
        self.attention = MultiHeadAttention(embedding_dim, num_heads, dropout)
        self.feed_forward_norm = nn.LayerNorm(embedding_dim, eps=_NORM_EPS)
        self.feed_forward = PointWiseFeedForward(embedding_dim, dropout, activation)

    def reset_parameters(self) -> None:
        """Draws fresh weights."""
        self.attention_norm.reset_parameters()
        self.attention.reset_parameters()
        self.feed_forward_norm.reset_parameters()
        self.feed_forward.reset_parameters()

    def forward(
        self,
        sequence: Tensor,
        attention_mask: Tensor,
        place: Placement | None = None,
        last_only: bool = False,
    ) -> Tensor:
        """Maps (B, L, D) to (B, L, D), or to its last position, (B, 1, D).

        The last position is computed by itself, unless a place needs all of them.
        """
        if last_only and place is None:
            query = self.attention_norm(sequence[:, -1:])
            mixed = query + self.attention.pooled(query, sequence, attention_mask[..., -1:, :])
        else:
            query = self.attention_norm(sequence)
            mixed = query + self.attention(query, sequence, attention_mask, place)
        output: Tensor = self.feed_forward(self.feed_forward_norm(mixed))
        return output[:, -1:] if last_only else output


class SasRecTransformerLayer(BlockStack):
    """A stack of SASRec blocks: multi-head attention and a point-wise feed-forward network.

    Source: Kang and McAuley, "Self-Attentive Sequential Recommendation", arXiv:1808.09781,
    sections 3.2 and 3.3. The mask alone decides who sees whom: its diagonal is open at padding
    too, so that hidden states of padding are finite and causal, in training as in evaluation.
    `positions` change how much who sees of whom, alike in all blocks.
    """

    def __init__(
        self,
        embedding_dim: int,
        num_heads: int,
        num_blocks: int,
        dropout: float,
        activation: Literal["relu", "gelu"] = "gelu",
        positions: Iterable[PositionProto] = (),
    ):
        blocks = (
            SasRecBlock(embedding_dim, num_heads, dropout, activation) for _ in range(num_blocks)
        )
        super().__init__(blocks, positions)
