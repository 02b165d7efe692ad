"""The encoder of eSASRec."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Literal, cast

from seqrec_library_positions.kind import PositionProto
from seqrec_library_positions.positioned import positioned
from torch import Tensor, nn

from seqrec_core.contracts import Resettable
from seqrec_encoder_ligr.attention import Placement, SelfAttention
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


class LiGREncoder(nn.Module):
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
        positions: Iterable[nn.Module] = (),
    ):
        super().__init__()
        self.blocks = nn.ModuleList(
            LiGRBlock(embedding_dim, num_heads, dropout, ff_factor, activation, bias)
            for _ in range(num_blocks)
        )
        self.positions = nn.ModuleList(positions)

    def reset_parameters(self) -> None:
        """Draws fresh weights."""
        for part in (*self.blocks, *self.positions):
            if isinstance(part, Resettable):
                part.reset_parameters()

    def forward(
        self,
        feature_tensors: Mapping[str, Tensor],
        input_embeddings: Tensor,
        padding_mask: Tensor,
        attention_mask: Tensor,
    ) -> Tensor:
        """Maps (B, L, D) to (B, L, D).

        attention_mask is 0 where a pair is kept and -inf where it is dropped: (B*H, L, L),
        (B, H, L, L) or (B, 1, L, L). padding_mask (B, L), True at real events, and the features
        are for the positions.
        """
        states = self.hidden_states(feature_tensors, input_embeddings, padding_mask, attention_mask)
        return states[-1]

    def hidden_states(
        self,
        feature_tensors: Mapping[str, Tensor],
        input_embeddings: Tensor,
        padding_mask: Tensor,
        attention_mask: Tensor,
    ) -> tuple[Tensor, ...]:
        """The output (B, L, D) of each block; the last one is that of `forward`."""
        place = self._placement(feature_tensors, padding_mask)
        states = [input_embeddings]
        for block in self.blocks:
            states.append(block(states[-1], attention_mask, place))
        return tuple(states[1:])

    def forward_last(
        self,
        feature_tensors: Mapping[str, Tensor],
        input_embeddings: Tensor,
        padding_mask: Tensor,
        attention_mask: Tensor,
    ) -> Tensor:
        """The last position (B, D) of `forward`; the last block computes nothing else."""
        place = self._placement(feature_tensors, padding_mask)
        hidden = input_embeddings
        *first_blocks, last_block = self.blocks
        for block in first_blocks:
            hidden = block(hidden, attention_mask, place)
        output: Tensor = last_block(hidden, attention_mask, place, last_only=True)
        return output[:, -1]

    def _placement(
        self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor
    ) -> Placement | None:
        """What the positions do to queries and keys of this batch; None without positions."""
        if not len(self.positions):
            return None
        positions = cast("Iterable[PositionProto]", self.positions)
        return partial(
            positioned, positions, feature_tensors=feature_tensors, padding_mask=padding_mask
        )
