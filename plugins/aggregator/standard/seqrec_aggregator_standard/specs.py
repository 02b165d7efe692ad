"""Two ways to merge the feature embeddings of an event into one: their sum, and side by side."""

from seqrec_core.spec import AggregatorSpec, inherited, spec

__all__ = ["ConcatAggregatorSpec", "SumAggregatorSpec"]


@spec
class SumAggregatorSpec(AggregatorSpec):
    """The sum of the feature embeddings, which all have one size."""

    target = "seqrec_aggregator_standard.summed:SumAggregator"
    embedding_dim: int = inherited(ge=1, help="size of each embedding and of their sum")


@spec
class ConcatAggregatorSpec(AggregatorSpec):
    """The feature embeddings side by side, mapped to one size."""

    target = "seqrec_aggregator_standard.concat:ConcatAggregator.from_spec"
    runtime = ("schema",)
    output_embedding_dim: int = inherited("embedding_dim", ge=1, help="size of the result")
    feature_names: tuple[str, ...] | None = inherited(
        "features",
        default=None,
        help="features to join; by default all sequences but the query id and the timestamp",
    )
