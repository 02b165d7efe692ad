"""TwoTower: the sizes and parts of a tower over a user's events and one over item features."""

from collections.abc import Iterable
from typing import Any

from seqrec_core.schema import FeatureHint, FeatureSource, TensorSchema
from seqrec_core.spec import (
    AggregatorSpec,
    ContextMergerSpec,
    EmbedderSpec,
    EncoderSpec,
    HeadSpec,
    LossSpec,
    MaskSpec,
    ModelSpec,
    Needs,
    NormSpec,
    ReaderSpec,
    SamplerSpec,
    component,
    param,
    spec,
)


@spec
class TwoTowerSpec(ModelSpec):
    """A tower over the user's events and a tower over item features; scores are products."""

    target = "seqrec_model_two_tower.two_tower:TwoTower.from_parts"
    source = "https://doi.org/10.1145/3366424.3386195"
    runtime = ("schema",)
    embedding_dim: int = param(192, ge=1, for_parts=True, help="size of every hidden state")
    num_heads: int = param(4, ge=1, for_parts=True, help="attention heads a block")
    num_blocks: int = param(2, ge=1, for_parts=True, help="transformer blocks")
    max_sequence_length: int = param(50, ge=1, for_parts=True, help="most events the model sees")
    dropout: float = param(
        0.3, ge=0, lt=1, for_parts=True, help="share of values dropped; not in the item tower"
    )
    embedder: EmbedderSpec = component(
        "seqrec-embedder-sequence:sequence", help="features in, for both towers"
    )
    mask: MaskSpec = component("seqrec-mask-causal:causal", help="who attends to whom")
    query_features: tuple[str, ...] | None = param(
        None, help="features of events; by default all but query id and timestamp"
    )
    query_aggregator: AggregatorSpec = component(
        "seqrec-aggregator-position:position_aware", help="one embedding of each event"
    )
    query_encoder: EncoderSpec = component(
        "seqrec-encoder-sasrec:sasrec_transformer",
        activation="relu",
        help="embeddings of events to hidden states",
    )
    norm: NormSpec = component("seqrec-norm-standard:layer_norm", help="of the hidden states")
    item_features: tuple[str, ...] | None = param(
        None, help="features of items; by default the item id and all of source item_features"
    )
    reader: ReaderSpec = component(
        "seqrec-reader-features:parquet_features", help="where the features of items come from"
    )
    item_aggregator: AggregatorSpec = component(
        "seqrec-aggregator-standard:sum", help="one embedding of each item"
    )
    item_encoder: EncoderSpec = component(
        "seqrec-encoder-swiglu:swiglu", tower="item", help="embeddings of items to item states"
    )
    context_merger: ContextMergerSpec | None = param(
        None, help="mixes features into the hidden states"
    )
    head: HeadSpec = component("seqrec-head-tying:embedding_tying", help="hidden states to scores")
    loss: LossSpec = component("seqrec-loss-ce:ce", help="what training minimises")
    negatives: SamplerSpec | None = component(
        "seqrec-sampler-standard:uniform",
        when=lambda model: model.loss.needs_negatives,
        for_parts=True,
        help="what draws the negatives that the loss compares with; null where it needs none",
    )

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        if self.embedding_dim % self.num_heads:
            yield (
                "num_heads",
                f"{self.num_heads} does not divide embedding_dim {self.embedding_dim}; "
                "choose a divisor",
            )

    def is_causal(self) -> bool:
        """Whether no hidden state depends on later events: neither mask nor encoder lets it."""
        return self.mask.is_causal() and self.query_encoder.is_causal()

    def needs(self, split: str) -> Needs:
        """The features of both towers, those of events as columns, and labels in training."""
        from seqrec_library_next_item.arguments import columns_of

        of_events = self.query_features or ("*",)
        columns = columns_of(split, of_events, self.loss.needs_negatives, self.loss.needs_logq())
        return Needs(features=(*of_events, *(self.item_features or ())), columns=columns)

    def default_transforms(self, schema: TensorSchema) -> dict[str, list[dict[str, Any]]]:
        """Next-token prediction, with negatives if the loss needs them."""
        from seqrec_library_next_item.pipelines import next_token_transforms

        return next_token_transforms(
            schema,
            needs_negatives=self.loss.needs_negatives,
            needs_logq=self.loss.needs_logq(),
        )


def query_features_of(schema: TensorSchema) -> list[str]:
    """Features of the query tower by default: one value an event, no query id, no timestamp."""
    left_out = (FeatureHint.QUERY_ID, FeatureHint.TIMESTAMP)
    events = schema.sequential_features.all_features
    return [feature.name for feature in events if feature.feature_hint not in left_out]


def item_features_of(schema: TensorSchema) -> list[str]:
    """Features of the item tower by default: the item id and those of the item table."""
    return [
        feature.name
        for feature in schema.all_features
        if feature.feature_hint is FeatureHint.ITEM_ID
        or any(s.source is FeatureSource.ITEM_FEATURES for s in feature.feature_sources or ())
    ]
