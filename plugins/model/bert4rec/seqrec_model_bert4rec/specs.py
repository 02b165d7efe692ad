"""BERT4Rec: the sizes of a transformer that reads both ways, what it hides, and its parts."""

from collections.abc import Iterable
from typing import Any

from seqrec_core.schema import TensorSchema
from seqrec_core.spec import (
    AggregatorSpec,
    EmbedderSpec,
    EncoderSpec,
    HeadSpec,
    LossSpec,
    MaskSpec,
    ModelSpec,
    Needs,
    NormSpec,
    SamplerSpec,
    component,
    inherited,
    param,
    spec,
)

__all__ = ["Bert4RecSpec"]


@spec
class Bert4RecSpec(ModelSpec):
    """Guesses hidden events from what stands before and behind them."""

    target = "seqrec_model_bert4rec.bert4rec:Bert4Rec.from_parts"
    source = "https://arxiv.org/abs/1904.06690"
    embedding_dim: int = param(64, ge=1, for_parts=True, help="size of every hidden state")
    num_heads: int = param(2, ge=1, for_parts=True, help="attention heads a block")
    num_blocks: int = param(2, ge=1, for_parts=True, help="transformer blocks")
    max_sequence_length: int = param(50, ge=2, help="most positions, one of which asks for more")
    dropout: float = param(0.2, ge=0, lt=1, for_parts=True, help="share of values dropped")
    hidden_share: float = param(
        0.2, ge=0, le=1, for_parts=True, help="probability that training hides an event"
    )
    last_share: float = param(
        0.1,
        ge=0,
        le=1,
        for_parts=True,
        help="share of rows in which the last event alone is hidden",
    )
    features: tuple[str, ...] | None = param(
        None,
        for_parts=True,
        help="features of events to embed; by default all but query id and timestamp",
    )
    item_feature_name: str = inherited(help="feature with the item ids")
    embedder: EmbedderSpec = component("seqrec-embedder-sequence:sequence", help="features in")
    aggregator: AggregatorSpec = component(
        "seqrec-aggregator-position:position_aware", help="one embedding of each event"
    )
    mask: MaskSpec = component("seqrec-mask-bidirectional:bidirectional", help="who sees whom")
    encoder: EncoderSpec = component(
        "seqrec-encoder-sasrec:sasrec_transformer",
        activation="gelu",
        help="embeddings to hidden states",
    )
    norm: NormSpec = component("seqrec-norm-standard:layer_norm", help="of the hidden states")
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
        return self.mask.is_causal() and self.encoder.is_causal()

    def needs(self, split: str) -> Needs:
        """The features that it embeds, as far as that is known, and labels in training."""
        from seqrec_library_next_item.arguments import columns_of

        embedded = self.embedder.needs(split).features
        columns = columns_of(split, embedded, self.loss.needs_negatives, self.loss.needs_logq())
        return Needs(features=self.features or (), columns=columns)

    def default_transforms(self, schema: TensorSchema) -> dict[str, list[dict[str, Any]]]:
        """Hidden events as labels in training, and the chosen features, in the model's arguments.

        Raises SpecError for features that the schema has not for events, or without the item id.
        """
        from seqrec_library_next_item.chosen_features import check_chosen_features
        from seqrec_library_next_item.pipelines import next_token_transforms

        check_chosen_features(schema, self.features)
        pipelines = next_token_transforms(
            schema,
            needs_negatives=self.loss.needs_negatives,
            features=self.features,
            needs_logq=self.loss.needs_logq(),
        )
        rename, group = pipelines["predict"]
        cloze = {
            "type": "seqrec-transform-cloze:cloze",
            "share": self.hidden_share,
            "last_share": self.last_share,
        }
        behind = pipelines["train"][pipelines["train"].index(group) + 1 :]  # negatives
        return pipelines | {"train": [rename, cloze, group, *behind]}
