"""The encoder of SASRec: each event attends to itself and to those before it."""

from collections.abc import Iterable
from typing import Literal

from seqrec_library_positions.kind import PositionSpec

from seqrec_core.spec import EncoderSpec, inherited, param, spec

__all__ = ["SasRecTransformerLayerSpec"]


@spec
class SasRecTransformerLayerSpec(EncoderSpec):
    """Self-attention and point-wise feed-forward blocks of SASRec."""

    target = "seqrec_encoder_sasrec.transformer:SasRecTransformerLayer"
    source = "https://arxiv.org/abs/1808.09781"
    embedding_dim: int = inherited(ge=1, help="size of embeddings and hidden states")
    num_heads: int = inherited(ge=1, help="attention heads; must divide embedding_dim")
    num_blocks: int = inherited(ge=1, help="number of transformer blocks")
    dropout: float = inherited(ge=0, lt=1, help="probability to drop a weight or an activation")
    activation: Literal["relu", "gelu"] = param(
        "gelu", help="activation between the two feed-forward layers"
    )
    positions: tuple[PositionSpec, ...] = param(
        (), help="what order and times do to attention, in turn"
    )

    def check(self) -> Iterable[tuple[str, str]]:
        """Heads share the embedding evenly."""
        if self.embedding_dim % self.num_heads:
            yield (
                "num_heads",
                f"{self.num_heads} does not divide embedding_dim {self.embedding_dim}; "
                "choose a divisor",
            )
