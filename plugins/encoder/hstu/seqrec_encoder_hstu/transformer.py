"""The encoder of HSTU."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Literal, cast

from seqrec_library_positions.kind import PositionProto
from seqrec_library_positions.positioned import positioned
from torch import Tensor, nn

from seqrec_core.contracts import Resettable
from seqrec_encoder_hstu.transduction_unit import Placement, SequentialTransductionUnit

__all__ = ["HSTUEncoder"]


class HSTUEncoder(nn.Module):
    """A stack of hierarchical sequential transduction units: attention without softmax.

    Sums over events are divided by a constant, max_sequence_length, so that they say how much was
    seen, or by the number of "visible_events"; never by the length of a batch, which is an
    accident of padding. Sizes of heads are embedding_dim / num_heads unless they are there.

    Source: Zhai et al., "Actions Speak Louder than Words: Trillion-Parameter Sequential
    Transducers for Generative Recommendations", arXiv:2402.17152, section 3; the relative bias of
    its eq. 2 is what `positions` add. The mask alone decides who sees whom.
    """

    def __init__(
        self,
        embedding_dim: int,
        num_heads: int,
        num_blocks: int,
        max_sequence_length: int,
        dropout: float,
        attention_dim: int | None = None,
        value_dim: int | None = None,
        divisor: Literal["max_sequence_length", "visible_events"] = "max_sequence_length",
        positions: Iterable[nn.Module] = (),
    ):
        super().__init__()
        if None in (attention_dim, value_dim) and embedding_dim % num_heads:
            raise ValueError(
                f"num_heads {num_heads} does not divide embedding_dim {embedding_dim}; "
                "choose a divisor, or give attention_dim and value_dim"
            )
        self.blocks = nn.ModuleList(
            SequentialTransductionUnit(
                embedding_dim,
                num_heads,
                attention_dim or embedding_dim // num_heads,
                value_dim or embedding_dim // num_heads,
                dropout,
                max_sequence_length,
                divisor,
            )
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
