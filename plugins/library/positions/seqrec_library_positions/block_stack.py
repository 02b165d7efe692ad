"""Blocks of attention, one after the other, that share positions."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Protocol, cast

from torch import Tensor, nn

from seqrec_core.contracts import Resettable
from seqrec_library_positions.kind import PositionProto
from seqrec_library_positions.positioned import Placement, positioned

__all__ = ["AttentionBlock", "BlockStack"]


class AttentionBlock(Protocol):
    """What a `BlockStack` asks of each of its blocks, besides being an `nn.Module`."""

    def forward(
        self,
        sequence: Tensor,
        attention_mask: Tensor,
        place: Placement | None = None,
        last_only: bool = False,
    ) -> Tensor:
        """Maps (B, L, D) to (B, L, D), or to its last position, (B, 1, D).

        The attention gives its queries and keys to `place`, if there is one, and adds what that
        returns to its scores. The mask is that of `BlockStack.forward`.
        """

    __call__ = forward  # type: ignore[misc]


class BlockStack(nn.Module):
    """An encoder of blocks, one after the other; `positions` do the same to attention in all.

    The mask alone decides who sees whom.
    """

    def __init__(
        self, blocks: Iterable[AttentionBlock], positions: Iterable[PositionProto] = ()
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(cast("Iterable[nn.Module]", blocks))
        self.positions = nn.ModuleList(cast("Iterable[nn.Module]", positions))

    def reset_parameters(self) -> None:
        """Draws fresh weights of blocks and positions."""
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
        """The last position (B, D) of `forward`; the last block is asked for nothing else."""
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
