"""SasRec: the sizes of a causal transformer over a user's events, and its parts."""

from collections.abc import Iterable
from typing import Any

from seqrec_core.schema import TensorSchema
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
    SamplerSpec,
    component,
    param,
    spec,
)


@spec
class SasRecSpec(ModelSpec):
    """Self-attention over the user's events; scores are products with item embeddings."""

    target = "seqrec_model_sasrec.sasrec:SasRec.from_parts"
    source = "https://arxiv.org/abs/1808.09781"
    embedding_dim: int = param(192, ge=1, for_parts=True, help="size of every hidden state")
    num_heads: int = param(4, ge=1, for_parts=True, help="attention heads a block")
    num_blocks: int = param(2, ge=1, for_parts=True, help="transformer blocks")
    max_sequence_length: int = param(50, ge=1, for_parts=True, help="most events the model sees")
    dropout: float = param(0.3, ge=0, lt=1, for_parts=True, help="share of values dropped")
    features: tuple[str, ...] | None = param(
        None,
        for_parts=True,
        help="features of events to embed; by default all but query id and timestamp",
    )
    embedder: EmbedderSpec = component("seqrec-embedder-sequence:sequence", help="features in")
    aggregator: AggregatorSpec = component(
        "seqrec-aggregator-position:position_aware", help="one embedding of each event"
    )
    mask: MaskSpec = component("seqrec-mask-causal:causal", help="who attends to whom")
    encoder: EncoderSpec = component(
        "seqrec-encoder-sasrec:sasrec_transformer",
        activation="relu",
        help="embeddings to hidden states",
    )
    norm: NormSpec = component("seqrec-norm-standard:layer_norm", help="of the hidden states")
    context_merger: ContextMergerSpec | None = param(
        None, help="mixes features of users into the hidden states"
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
        return self.mask.is_causal() and self.encoder.is_causal()

    def needs(self, split: str) -> Needs:
        """The features that it embeds, as far as that is known, and labels in training."""
        from seqrec_library_next_item.arguments import columns_of

        embedded = self.embedder.needs(split).features
        columns = columns_of(split, embedded, self.loss.needs_negatives, self.loss.needs_logq())
        return Needs(features=self.features or (), columns=columns)

    def default_transforms(self, schema: TensorSchema) -> dict[str, list[dict[str, Any]]]:
        """Next-token prediction of the chosen features, with negatives if the loss needs them.

        Raises SpecError for features that the schema has not for events, or without the item id.
        """
        from seqrec_library_next_item.chosen_features import check_chosen_features
        from seqrec_library_next_item.pipelines import next_token_transforms

        check_chosen_features(schema, self.features)
        return next_token_transforms(
            schema,
            needs_negatives=self.loss.needs_negatives,
            features=self.features,
            needs_logq=self.loss.needs_logq(),
        )
