"""The hierarchical sequential transduction unit: attention without softmax."""

from collections.abc import Iterable
from typing import Literal

from seqrec_library_positions.kind import PositionSpec

from seqrec_core.spec import EncoderSpec, inherited, param, spec

__all__ = ["HSTUEncoderSpec"]


@spec
class HSTUEncoderSpec(EncoderSpec):
    """Blocks of pointwise attention and gating of HSTU."""

    target = "seqrec_encoder_hstu.transformer:HSTUEncoder"
    source = "https://arxiv.org/abs/2402.17152"
    embedding_dim: int = inherited(ge=1, help="size of embeddings and hidden states")
    num_heads: int = inherited(ge=1, help="attention heads of a block")
    num_blocks: int = inherited(ge=1, help="number of blocks")
    max_sequence_length: int = inherited(ge=1, help="most events the model sees")
    dropout: float = inherited(ge=0, lt=1, help="probability to drop a gated value")
    attention_dim: int | None = param(
        None, ge=1, help="size of a head's queries and keys; by default embedding_dim / num_heads"
    )
    value_dim: int | None = param(
        None, ge=1, help="size of a head's values and gates; by default embedding_dim / num_heads"
    )
    divisor: Literal["max_sequence_length", "visible_events"] = param(
        "max_sequence_length",
        help="what sums over events are divided by: a constant, or how many a position sees",
    )
    positions: tuple[PositionSpec, ...] = param(
        (), help="what order and times do to attention, in turn"
    )

    def check(self) -> Iterable[tuple[str, str]]:
        """Heads share the embedding evenly, where their size is not given."""
        if None in (self.attention_dim, self.value_dim) and self.embedding_dim % self.num_heads:
            yield (
                "num_heads",
                f"{self.num_heads} does not divide embedding_dim {self.embedding_dim}; "
                "choose a divisor, or give attention_dim and value_dim",
            )
