"""BERT4Rec, its mask and its transform: names, fields and defaults in specs."""

from typing import Any

from seqrec_core import spec as kinds
from seqrec_core.schema import TensorSchema
from seqrec_core.spec import component, inherited, param, spec


@spec
class BothWaysSpec(kinds.MaskSpec):
    """Each event sees all real events of its user, later ones too."""

    target = "acme_bert.both_ways:BothWays"

    def is_causal(self) -> bool:
        """No: later events are seen."""
        return False


@spec
class GapsSpec(kinds.TransformSpec):
    """Hides random events, which become the labels."""

    target = "acme_bert.gaps:Gaps"
    runtime = ("generator",)
    label_field: str = inherited("item_feature_name", help="column of the items")
    mask_field: str = param("padding_mask", help="column that is true at real events")
    share: float = param(0.2, gt=0, le=1, help="probability that an event is hidden")


@spec
class BertSpec(kinds.ModelSpec):
    """Guesses hidden events from what stands before and behind them: BERT4Rec."""

    target = "acme_bert.bert:Bert"
    source = "https://arxiv.org/abs/1904.06690"
    embedding_dim: int = param(64, ge=1, for_parts=True, help="size of every hidden state")
    num_heads: int = param(2, ge=1, for_parts=True, help="attention heads a block")
    num_blocks: int = param(2, ge=1, for_parts=True, help="transformer blocks")
    dropout: float = param(0.2, ge=0, lt=1, for_parts=True, help="share of values dropped")
    max_sequence_length: int = param(50, ge=2, help="positions, one of which asks for the next")
    item_feature_name: str = inherited(help="feature with the item ids")
    embedder: kinds.EmbedderSpec = component("seqrec-embedder-sequence:sequence", help="features")
    aggregator: kinds.AggregatorSpec = component(
        "seqrec-aggregator-position:position_aware", help="one embedding of each event"
    )
    mask: kinds.MaskSpec = component("acme-bert:both_ways", help="who attends to whom")
    encoder: kinds.EncoderSpec = component("seqrec-encoder-sasrec:sasrec_transformer", help="tower")
    norm: kinds.NormSpec = component("seqrec-norm-standard:layer_norm", help="of hidden states")
    head: kinds.HeadSpec = component("seqrec-head-tying:embedding_tying", help="states to scores")
    loss: kinds.LossSpec = component("seqrec-loss-ce:ce", help="what training minimises")
    negatives: kinds.SamplerSpec | None = component(
        "seqrec-sampler-standard:uniform",
        when=lambda model: model.loss.needs_negatives,
        for_parts=True,
        help="what draws the negatives of the loss; null where it needs none",
    )

    def is_causal(self) -> bool:
        """As the mask is."""
        return self.mask.is_causal()

    def default_transforms(self, schema: TensorSchema) -> dict[str, list[dict[str, Any]]]:
        """Hidden events as labels in training, and the model's argument names."""
        from seqrec_library_next_item.pipelines import next_token_transforms

        every = next_token_transforms(schema, needs_negatives=self.loss.needs_negatives)
        rename, *_ = every["predict"]
        # in place of the labels of the next event those of hidden ones; then groups and negatives
        return every | {"train": [rename, {"type": "acme-bert:gaps"}, *every["train"][4:]]}
