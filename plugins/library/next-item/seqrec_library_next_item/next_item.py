"""What the `forward` of a model does that predicts the next item from its last hidden state."""

import warnings
from collections.abc import Mapping
from typing import Literal, Protocol, get_args

from torch import Tensor

from seqrec_core.contracts import (
    HiddenStates,
    InferenceOutput,
    Labels,
    LossProto,
    ScorerProto,
    TrainOutput,
)

__all__ = ["NextItemModel", "next_item"]


class NextItemModel(Protocol):
    """What `next_item` asks of a model, besides being an `nn.Module`."""

    training: bool
    loss: LossProto

    def hidden_states(
        self,
        feature_tensors: Mapping[str, Tensor],
        padding_mask: Tensor,
        which: Literal["final", "all"] = "final",
    ) -> tuple[Tensor, ...]:
        """The final ones or those of all layers, each (B, L, D); the last one is scored."""

    def last_hidden_state(
        self, feature_tensors: Mapping[str, Tensor], padding_mask: Tensor
    ) -> Tensor | None:
        """The scored hidden state of the last position, (B, D), by itself; None: take them all."""

    def scorer(self) -> ScorerProto:
        """What scores items for hidden states; a new one for each call of `forward`."""


def next_item(
    model: NextItemModel,
    feature_tensors: Mapping[str, Tensor],
    padding_mask: Tensor,
    candidates_to_score: Tensor | None = None,
    positive_labels: Tensor | None = None,
    negative_labels: Tensor | None = None,
    target_padding_mask: Tensor | None = None,
    output_hidden_states: HiddenStates = "final",
    negative_logq: Tensor | None = None,
    positive_logq: Tensor | None = None,
) -> TrainOutput | InferenceOutput:
    """In training the loss over all positions, in evaluation the logits of the last one.

    The arguments are those of the model's `forward`: features (B, L) or (B, L, n), a mask (B, L),
    True at real events, candidates (C,) or (B, C), labels and their mask (B, L, P), True where one
    counts, negatives (N,), (B, N) or (B, L, N), and both logq as in `Labels`. Logits are (B, V), or
    (B, C) of the candidates.
    Of the hidden states it returns none, the final ones, or the embeddings and then one a layer;
    with "none", evaluation computes the last position only, where the model can.

    Warns (RuntimeWarning) of arguments without effect. Raises ValueError for labels that are
    missing, as does the loss, and for an unknown `output_hidden_states`.
    """
    if output_hidden_states not in get_args(HiddenStates):
        raise ValueError(
            f"output_hidden_states is {output_hidden_states!r}; choose 'none', 'final' or 'all'"
        )
    which: Literal["final", "all"] = "all" if output_hidden_states == "all" else "final"
    if model.training:
        _warn_without_effect("in training", candidates_to_score=candidates_to_score)
        if positive_labels is None or target_padding_mask is None:
            raise ValueError(
                "training needs positive_labels and target_padding_mask; add the next_token "
                "transform to the training transforms, or call eval() to score"
            )
        states = model.hidden_states(feature_tensors, padding_mask, which)
        labels = Labels(
            positive_labels,
            target_padding_mask,
            negative_labels,
            features=feature_tensors,
            negative_logq=negative_logq,
            positive_logq=positive_logq,
        )
        loss = model.loss(states[-1], labels, scorer=model.scorer())
        return {"loss": loss, "hidden_states": () if output_hidden_states == "none" else states}
    _warn_without_effect(
        "in evaluation",
        positive_labels=positive_labels,
        negative_labels=negative_labels,
        target_padding_mask=target_padding_mask,
        negative_logq=negative_logq,
        positive_logq=positive_logq,
    )
    return _scored(model, feature_tensors, padding_mask, candidates_to_score, output_hidden_states)


def _scored(
    model: NextItemModel,
    feature_tensors: Mapping[str, Tensor],
    padding_mask: Tensor,
    candidates_to_score: Tensor | None,
    output_hidden_states: HiddenStates,
) -> InferenceOutput:
    """The logits of the last position, by itself where no hidden states are asked for."""
    states: tuple[Tensor, ...] = ()
    last = None
    if output_hidden_states == "none":
        last = model.last_hidden_state(feature_tensors, padding_mask)
    if last is None:
        which: Literal["final", "all"] = "all" if output_hidden_states == "all" else "final"
        states = model.hidden_states(feature_tensors, padding_mask, which)
        last = states[-1][:, -1]
    states = () if output_hidden_states == "none" else states
    return {"logits": model.scorer()(last, candidates_to_score), "hidden_states": states}


def _warn_without_effect(where: str, **arguments: Tensor | None) -> None:
    """Warns (RuntimeWarning) of each argument that is not None."""
    for name, value in arguments.items():
        if value is not None:
            message = f"{name} was given and has no effect {where}"
            warnings.warn(message, RuntimeWarning, stacklevel=2)
