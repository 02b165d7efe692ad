"""The aggregator that adds an embedding of its position to each event, as specs name it."""

from typing import Literal

from seqrec_core.spec import AggregatorSpec, component, inherited, param, spec

__all__ = ["PositionAwareAggregatorSpec"]


@spec
class PositionAwareAggregatorSpec(AggregatorSpec):
    """Any aggregator, plus an embedding of each position."""

    target = "seqrec_aggregator_position.position:PositionAwareAggregator"
    source = "https://arxiv.org/abs/1808.09781"
    embedding_aggregator: AggregatorSpec = component(
        "seqrec-aggregator-standard:sum", help="merges the features of an event"
    )
    max_sequence_length: int = inherited(ge=1, help="number of positions")
    dropout: float = inherited(ge=0, lt=1, help="probability to drop a value of the result")
    alignment: Literal["right", "left"] = param(
        "right", help="whether the last or the first event of a shorter batch has a fixed position"
    )
