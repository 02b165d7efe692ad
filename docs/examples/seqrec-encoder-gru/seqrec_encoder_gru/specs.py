"""The encoder of gated recurrent units, as a spec names it."""

from seqrec_core.spec import EncoderSpec, inherited, spec

__all__ = ["GruSpec"]


@spec
class GruSpec(EncoderSpec):
    """Gated recurrent units over the user's events, as in GRU4Rec."""

    target = "seqrec_encoder_gru.gru:Gru"
    source = "https://arxiv.org/abs/1511.06939"
    embedding_dim: int = inherited(ge=1, help="size of every hidden state")
    num_layers: int = inherited("num_blocks", ge=1, help="layers, one on top of the other")
    dropout: float = inherited(ge=0, lt=1, help="share of values dropped between layers")
