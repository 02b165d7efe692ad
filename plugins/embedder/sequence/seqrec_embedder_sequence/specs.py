"""The embedder that turns the features of each event, ids and numbers, into vectors."""

from types import MappingProxyType
from typing import Any, Literal

from seqrec_core.spec import EmbedderSpec, Needs, inherited, param, spec

__all__ = ["SequenceEmbeddingSpec"]


def _from_version_1(fields: dict[str, Any]) -> dict[str, Any]:
    """What version 1 drew, and made of numbers that are as many as their embedding has."""
    return {**fields, "init": "reference"}


@spec
class SequenceEmbeddingSpec(EmbedderSpec):
    """A table for each feature of ids, a linear map for each feature of numbers."""

    target = "seqrec_embedder_sequence.sequence:SequenceEmbedding.from_spec"
    runtime = ("schema",)
    version = 2
    migrations = MappingProxyType({1: _from_version_1})
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
    sharded: bool = param(
        False, help="several processes share out the item table's rows; for sampled losses"
    )
    init: Literal["balanced", "reference"] = param(
        "balanced", help="whether other features start no larger than items, or as in the reference"
    )

    def needs(self, split: str) -> Needs:
        """The features that it embeds; not those that are left of all, which the schema tells."""
        if self.features is None:
            return Needs(features=() if self.excluded_features else ("*",))
        left_out = self.excluded_features
        return Needs(features=tuple(name for name in self.features if name not in left_out))
