"""The encoder of SASRec."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Literal, cast

from seqrec_library_positions.kind import PositionProto
from seqrec_library_positions.positioned import positioned
from torch import Tensor, nn

from seqrec_encoder_sasrec.attention import MultiHeadAttention, Position
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
        last_only: bool = False,
        position: Position | None = None,
    ) -> Tensor:
        """Maps (B, L, D) to (B, L, D), or, without a position, to its last one, (B, 1, D)."""
        if last_only:
            query = self.attention_norm(sequence[:, -1:])
            mixed = query + self.attention.pooled(query, sequence, attention_mask[..., -1:, :])
        else:
            query = self.attention_norm(sequence)
            mixed = query + self.attention(query, sequence, attention_mask, position)
        output: Tensor = self.feed_forward(self.feed_forward_norm(mixed))
        return output


class SasRecTransformerLayer(nn.Module):
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
        super().__init__()
        self.blocks = nn.ModuleList(
            SasRecBlock(embedding_dim, num_heads, dropout, activation) for _ in range(num_blocks)
        )
        self.positions = nn.ModuleList(cast("Iterable[nn.Module]", positions))

    def reset_parameters(self) -> None:
        """Draws fresh weights of the blocks."""
        for block in self.blocks:
            block.reset_parameters()  # type: ignore[operator]

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
        are for positions alone.
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
        position = self._position(feature_tensors, padding_mask)
        states = [input_embeddings]
        for block in self.blocks:
            states.append(block(states[-1], attention_mask, position=position))
        return tuple(states[1:])

    def forward_last(
        self,
        feature_tensors: Mapping[str, Tensor],
        input_embeddings: Tensor,
        padding_mask: Tensor,
        attention_mask: Tensor,
    ) -> Tensor:
        """The last position (B, D) of `forward`; the last block computes nothing else.

        With positions it does, for they take all places.
        """
        if len(self.positions):
            states = self.hidden_states(
                feature_tensors, input_embeddings, padding_mask, attention_mask
            )
            return states[-1][:, -1]
        hidden = input_embeddings
        *first_blocks, last_block = self.blocks
        for block in first_blocks:
            hidden = block(hidden, attention_mask)
        output: Tensor = last_block(hidden, attention_mask, last_only=True)
        return output[:, -1]

    def _position(
        self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor
    ) -> Position | None:
        """What all positions do to queries and keys of this batch, None where there are none."""
        if not len(self.positions):
            return None
        positions = cast("Iterable[PositionProto]", self.positions)
        return partial(
            positioned, positions, feature_tensors=feature_tensors, padding_mask=padding_mask
        )
