"""Mistakes that mypy must see; `warn_unused_ignores` makes each one that it misses an error."""

from collections.abc import Mapping

from torch import Tensor, nn

from seqrec_core.contracts import (
    AggregatorProto,
    AttentionMaskProto,
    EmbedderProto,
    EncoderProto,
    HeadProto,
    Labels,
    LossProto,
    ScorerProto,
)

loss: LossProto = nn.Linear(2, 2)  # type: ignore[assignment]
head: HeadProto = nn.Linear(2, 2)  # type: ignore[assignment]
mask: AttentionMaskProto = nn.Linear(2, 2)  # type: ignore[assignment]
encoder: EncoderProto = nn.Linear(2, 2)  # type: ignore[assignment]
embedder: EmbedderProto = nn.Linear(2, 2)  # type: ignore[assignment]
aggregator: AggregatorProto = nn.Linear(2, 2)  # type: ignore[assignment]


def calls(
    loss: LossProto,
    head: HeadProto,
    mask: AttentionMaskProto,
    states: Tensor,
    labels: Labels,
    scorer: ScorerProto,
    features: Mapping[str, Tensor],
) -> Tensor:
    loss(states, states, scorrer=3)  # type: ignore[call-arg, arg-type]
    loss(states, labels)  # type: ignore[call-arg]
    head(states)  # type: ignore[call-arg]
    mask(features, padding=states)  # type: ignore[call-arg]
    return loss(states, labels, scorer=scorer)
