"""The embedder that turns the features of each event, ids and numbers, into vectors."""

from typing import Literal

from seqrec_core.spec import EmbedderSpec, param, spec

__all__ = ["SequenceEmbeddingSpec"]


@spec
class SequenceEmbeddingSpec(EmbedderSpec):
    """A table for each feature of ids, a linear map for each feature of numbers."""

    target = "seqrec_embedder_sequence.sequence:SequenceEmbedding.from_spec"
    runtime = ("schema",)
    excluded_features: tuple[str, ...] = param(
        (), help="features not to embed, besides query id, timestamp and what is no sequence"
    )
    categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = param(
        "sum", help="how the embeddings of a list of ids become one"
    )
    sparse: bool = param(
        False, help="row-sparse gradients, for huge catalogues with sampled losses"
    )
