"""The encoder of GRU4Rec: gated recurrent units over the events of a user."""

from seqrec_core.spec import EncoderSpec, inherited, param, spec

__all__ = ["GruSpec"]


@spec
class GruSpec(EncoderSpec):
    """Gated recurrent units over the user's events, oldest first; no attention."""

    target = "seqrec_encoder_gru.gru:Gru"
    source = "https://arxiv.org/abs/1511.06939"
    embedding_dim: int = inherited(ge=1, help="size of embeddings and hidden states")
    num_layers: int = inherited("num_blocks", ge=1, help="layers, one on top of the other")
    dropout: float = inherited(ge=0, lt=1, help="share of values dropped behind each layer")
    hidden_size: int | None = param(
        None, ge=1, help="units a layer, then projected to embedding_dim; null: that many, as is"
    )
