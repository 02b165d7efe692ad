"""The encoder of HSTU."""

from collections.abc import Iterable
from typing import Literal

from seqrec_library_positions.block_stack import BlockStack
from seqrec_library_positions.kind import PositionProto

from seqrec_encoder_hstu.transduction_unit import SequentialTransductionUnit

__all__ = ["HSTUEncoder"]


class HSTUEncoder(BlockStack):
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
        positions: Iterable[PositionProto] = (),
    ):
        if None in (attention_dim, value_dim) and embedding_dim % num_heads:
            raise ValueError(
                f"num_heads {num_heads} does not divide embedding_dim {embedding_dim}; "
                "choose a divisor, or give attention_dim and value_dim"
            )
        blocks = (
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
        super().__init__(blocks, positions)
