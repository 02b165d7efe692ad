"""A reranker, and what uses rerankers: names, fields and defaults in specs."""

from typing import Any

from seqrec_core.schema import TensorSchema
from seqrec_core.spec import HeadSpec, LossSpec, ModelSpec, PostprocessorSpec, SamplerSpec
from seqrec_core.spec import component, inherited, param, spec

from acme_rerank.kind import RerankerSpec


@spec
class FamiliarSpec(RerankerSpec):
    """Prefers what the user has chosen before."""

    target = "acme_rerank.familiar:Familiar"
    boost: float = param(1.0, help="what is added to the scores of items of the history")


@spec
class RerankSpec(PostprocessorSpec):
    """Changes the scores of any model by a reranker."""

    target = "acme_rerank.rerank:Rerank"
    reranker: RerankerSpec = component("acme-rerank:familiar", help="what changes the scores")
    cardinality: int = inherited(ge=1, help="items of the catalogue; pads histories")
    history_column: str = param("seen_ids", help="batch column with each user's history")


@spec
class BagSpec(ModelSpec):
    """Scores items by the mean of the user's events, and reranks them."""

    target = "acme_rerank.bag:Bag"
    embedding_dim: int = param(64, ge=1, help="size of every hidden state")
    max_sequence_length: int = param(50, ge=1, for_parts=True, help="most events the model sees")
    cardinality: int = inherited(ge=1, help="items of the catalogue; pads sequences")
    item_feature_name: str = inherited(help="feature with the item ids")
    head: HeadSpec = component("seqrec-head-tying:embedding_tying", help="hidden states to scores")
    loss: LossSpec = component("seqrec-loss-ce:ce", help="what training minimises")
    negatives: SamplerSpec | None = component(
        "seqrec-sampler-standard:uniform",
        when=lambda model: model.loss.needs_negatives,
        for_parts=True,
        help="what draws the negatives of the loss; null where it needs none",
    )
    reranker: RerankerSpec = component("acme-rerank:familiar", help="what changes the scores")

    def default_transforms(self, schema: TensorSchema) -> dict[str, list[dict[str, Any]]]:
        """Next-token prediction, with negatives if the loss needs them."""
        from seqrec_library_next_item.pipelines import next_token_transforms

        return next_token_transforms(schema, needs_negatives=self.loss.needs_negatives)
