"""What a whole model takes and returns."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NotRequired, Protocol, TypedDict, runtime_checkable

from seqrec_core.contracts.loss import ScorerProto

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "ClosedForm",
    "HiddenStates",
    "InferenceOutput",
    "LastHiddenState",
    "ModelProto",
    "Scoring",
    "TrainOutput",
]

HiddenStates = Literal["none", "final", "all"]


class TrainOutput(TypedDict):
    """What a model returns in training.

    `loss` is a scalar that carries gradients. `hidden_states` holds tensors (B, L, D): the
    final one, or, when all are asked for, the embeddings and then one a layer.
    """

    loss: "Tensor"
    hidden_states: NotRequired[tuple["Tensor", ...]]


class InferenceOutput(TypedDict):
    """What a model returns in evaluation.

    `logits` are the scores of the next item, (B, V), or (B, C) for C candidates.
    `hidden_states` as in training, or empty when nobody asked for them.
    """

    logits: "Tensor"
    hidden_states: NotRequired[tuple["Tensor", ...]]


@runtime_checkable
class ModelProto(Protocol):
    """An `nn.Module` from batches to a loss, in training, and to logits, in evaluation.

    The parameters of `forward` are named as columns of the transformed batch; callers pass those
    that the batch has. Two names mean more: `candidates_to_score` (C,) or (B, C) are the items to
    score in place of all, without padding, and `output_hidden_states`, one of "none", "final" (the
    default) and "all", says which hidden states the caller wants.
    """

    def forward(self, *args: Any, **kwargs: Any) -> TrainOutput | InferenceOutput:
        """TrainOutput in training, InferenceOutput in evaluation."""

    __call__ = forward  # type: ignore[misc]


@runtime_checkable
class LastHiddenState(Protocol):
    """Computes what is scored at the last position by itself."""

    def last_hidden_state(
        self, feature_tensors: Mapping[str, "Tensor"], padding_mask: "Tensor"
    ) -> "Tensor | None":
        """The hidden state (B, D) that the logits of `forward` come from."""


@runtime_checkable
class Scoring(Protocol):
    """Lends what scores items for its hidden states."""

    def scorer(self) -> ScorerProto | None:
        """A new scorer, for one call or one pass."""


@runtime_checkable
class ClosedForm(Protocol):
    """Fits itself from one pass over the training data, without gradients."""

    def fit_closed_form(self, batches: Iterable[Mapping[str, Any]]) -> bool | None:
        """Fits from all transformed training batches; None where it is trained by gradients."""
