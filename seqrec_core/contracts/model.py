"""What a model returns."""

from typing import TYPE_CHECKING, NotRequired, TypedDict

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["InferenceOutput", "TrainOutput"]


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
