"""The LiGR transformer: pre-norm attention and SwiGLU, each behind a learned gate."""

from collections.abc import Iterable
from typing import Literal

from seqrec_library_positions.kind import PositionSpec

from seqrec_core.spec import EncoderSpec, inherited, param, spec

__all__ = ["LiGREncoderSpec"]


@spec
class LiGREncoderSpec(EncoderSpec):
    """Attention and SwiGLU blocks of eSASRec, whose residuals have learned gates."""

    target = "seqrec_encoder_ligr.transformer:LiGREncoder"
    source = "https://arxiv.org/abs/2502.03417"
    embedding_dim: int = inherited(ge=1, help="size of embeddings and hidden states")
    num_heads: int = inherited(ge=1, help="attention heads; must divide embedding_dim")
    num_blocks: int = inherited(ge=1, help="number of transformer blocks")
    dropout: float = inherited(ge=0, lt=1, help="probability to drop a weight or an activation")
    ff_factor: int = param(
        4, ge=1, help="size of the feed-forward network's hidden layer, in embedding_dim"
    )
    activation: Literal["swiglu", "relu", "gelu"] = param(
        "swiglu", help="what the hidden layer of the feed-forward network does"
    )
    bias: bool = param(False, help="whether the feed-forward network has biases")
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
