"""What the `forward` of a model does that predicts the next item from its last hidden state."""

import warnings
from collections.abc import Mapping
from typing import Any, Literal, Protocol

from torch import Tensor

from seqrec_core.contracts import InferenceOutput, LossProto, ScorerProto, TrainOutput

__all__ = ["NextItemModel", "next_item"]


class NextItemModel(Protocol):
    """What `next_item` asks of a model, besides being an `nn.Module`."""

    training: bool
    loss: LossProto
    output_hidden_states: Literal["none", "final", "all"]

    def hidden_states(
        self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor
    ) -> tuple[Tensor, ...]:
        """Those that `output_hidden_states` asks for, each (B, L, D); the last one is scored."""

    def last_hidden_state(
        self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor
    ) -> Tensor:
        """The scored hidden state of the last position, (B, D)."""

    def scorer(self) -> ScorerProto:
        """What scores items for hidden states; a new one for each call of `forward`."""


def next_item(
    model: NextItemModel,
    feature_tensors: Mapping[str, Tensor],
    padding_mask: Tensor,
    candidates_to_score: Tensor | None,
    positive_labels: Tensor | None,
    negative_labels: Tensor | None,
    target_padding_mask: Tensor | None,
) -> TrainOutput | InferenceOutput:
    """In training the loss over all positions, in evaluation the logits of the last one.

    The arguments are those of the model's `forward`: features (B, L) or (B, L, n), a mask (B, L),
    True at real events, candidates (C,) or (B, C), labels and their mask (B, L, P), True where one
    counts, negatives (N,), (B, N) or (B, L, N). Logits are (B, V), or (B, C) of the candidates.

    Warns (RuntimeWarning) of arguments without effect. Raises ValueError for labels that the
    loss misses, and for an unknown `output_hidden_states`.
    """
    choice = model.output_hidden_states
    if choice not in ("none", "final", "all"):
        raise ValueError(f"output_hidden_states is {choice!r}; choose 'none', 'final' or 'all'")
    if model.training:
        _warn_without_effect("in training", candidates_to_score=candidates_to_score)
        states = model.hidden_states(feature_tensors, padding_mask)
        arguments = _loss_arguments(
            model.loss, feature_tensors, positive_labels, negative_labels, target_padding_mask
        )
        loss = model.loss(states[-1], **arguments, scorer=model.scorer())
        return {"loss": loss, "hidden_states": () if choice == "none" else states}
    _warn_without_effect(
        "in evaluation",
        positive_labels=positive_labels,
        negative_labels=negative_labels,
        target_padding_mask=target_padding_mask,
    )
    if choice == "none":
        states, last = (), model.last_hidden_state(feature_tensors, padding_mask)
    else:
        states = model.hidden_states(feature_tensors, padding_mask)
        last = states[-1][:, -1]
    return {"logits": model.scorer()(last, candidates_to_score), "hidden_states": states}


def _loss_arguments(
    loss: LossProto,
    feature_tensors: Mapping[str, Tensor],
    positive_labels: Tensor | None,
    negative_labels: Tensor | None,
    target_padding_mask: Tensor | None,
) -> dict[str, Any]:
    """What this loss takes besides hidden states and scorer."""
    if positive_labels is None or target_padding_mask is None:
        raise ValueError(
            "training needs positive_labels and target_padding_mask; add the next_token "
            "transform to the training transforms, or call eval() to score"
        )
    labels = {"positive_labels": positive_labels, "target_padding_mask": target_padding_mask}
    if getattr(loss, "needs_negatives", False):
        if negative_labels is None:
            raise ValueError(
                f"{type(loss).__name__} needs negative_labels; add a sampler such as "
                "uniform_negatives to the training transforms"
            )
        labels["negative_labels"] = negative_labels
    else:
        _warn_without_effect(f"in {type(loss).__name__}", negative_labels=negative_labels)
    if getattr(loss, "needs_feature_tensors", False):
        return {**labels, "feature_tensors": feature_tensors}
    return labels


def _warn_without_effect(where: str, **arguments: Tensor | None) -> None:
    """Warns (RuntimeWarning) of each argument that is not None."""
    for name, value in arguments.items():
        if value is not None:
            message = f"{name} was given and has no effect {where}"
            warnings.warn(message, RuntimeWarning, stacklevel=2)
