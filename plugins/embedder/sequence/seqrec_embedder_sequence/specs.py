"""The embedder that turns the features of each event, ids and numbers, into vectors."""

from typing import Literal

from seqrec_core.spec import EmbedderSpec, Needs, inherited, param, spec

__all__ = ["SequenceEmbeddingSpec"]


@spec
class SequenceEmbeddingSpec(EmbedderSpec):
    """A table for each feature of ids, a linear map for each feature of numbers."""

    target = "seqrec_embedder_sequence.sequence:SequenceEmbedding.from_spec"
    runtime = ("schema",)
    features: tuple[str, ...] | None = inherited(
        default=None, help="features to embed; by default those of events but query id, timestamp"
    )
    excluded_features: tuple[str, ...] = param(
        (), help="features not to embed, besides query id, timestamp and what is no sequence"
    )
    categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = param(
        "sum", help="how the embeddings of a list of ids become one"
    )
    sparse: bool = param(
        False, help="row-sparse gradients, for huge catalogues with sampled losses"
    )

    def needs(self, split: str) -> Needs:
        """The features that it embeds; not those that are left of all, which the schema tells."""
        if self.features is None:
            return Needs(features=() if self.excluded_features else ("*",))
        left_out = self.excluded_features
        return Needs(features=tuple(name for name in self.features if name not in left_out))
