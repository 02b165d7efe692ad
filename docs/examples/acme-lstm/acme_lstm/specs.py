"""The encoder of long short-term memory, as a spec names it."""

from seqrec_core.spec import EncoderSpec, inherited, spec

__all__ = ["LstmSpec"]


@spec
class LstmSpec(EncoderSpec):
    """Long short-term memory over the user's events."""

    target = "acme_lstm.lstm:Lstm"
    source = "https://doi.org/10.1162/neco.1997.9.8.1735"
    embedding_dim: int = inherited(ge=1, help="size of every hidden state")
    num_layers: int = inherited("num_blocks", ge=1, help="layers, one on top of the other")
    dropout: float = inherited(ge=0, lt=1, help="share of values dropped between layers")
