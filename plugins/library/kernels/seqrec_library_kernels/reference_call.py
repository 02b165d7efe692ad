"""Losses that also take the call of the reference, label by label.

The contract of a loss is `loss(hidden_states, labels, scorer=scorer)`. Users of the reference type
`loss(model_embeddings=…, positive_labels=…, target_padding_mask=…, scorer=scorer)`, or these in
that order, and `negative_labels` and `feature_tensors` for losses that read them. One decorator of
`forward` lets a loss take either.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Protocol, cast, overload

from torch import Tensor

from seqrec_core.contracts import Labels, ScorerProto

__all__ = ["EitherCall", "EitherForward", "LossForward", "takes_reference_call"]


class LossForward(Protocol):
    """The `forward` of a loss, as its author writes it."""

    def __call__(
        self, loss: Any, /, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto
    ) -> Tensor:
        """Scalar loss."""


class EitherCall(Protocol):
    """The `forward` of a loss, as its callers see it."""

    @overload
    def __call__(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor: ...

    @overload
    def __call__(
        self,
        model_embeddings: Tensor,
        positive_labels: Tensor,
        target_padding_mask: Tensor,
        *,
        scorer: ScorerProto,
        negative_labels: Tensor | None = None,
        feature_tensors: Mapping[str, Tensor] | None = None,
        padding_mask: Tensor | None = None,
    ) -> Tensor: ...


class EitherForward(Protocol):
    """A function in the body of a class that makes an `EitherCall` of an instance."""

    def __get__(self, loss: Any, owner: Any) -> EitherCall:
        """The bound method."""

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        """The function itself."""


def takes_reference_call(forward: LossForward) -> EitherForward:
    """A `forward` that takes what the given one takes, or the arguments of the reference.

    `padding_mask` has no effect, as in the reference. Raises TypeError for half of either form,
    and for both at once.
    """

    @wraps(cast("Callable[..., Tensor]", forward))
    def either(
        loss: Any,
        hidden_states: Tensor | None = None,
        labels: Labels | Tensor | None = None,
        *others: Tensor,
        scorer: ScorerProto,
        model_embeddings: Tensor | None = None,
        positive_labels: Tensor | None = None,
        negative_labels: Tensor | None = None,
        target_padding_mask: Tensor | None = None,
        feature_tensors: Mapping[str, Tensor] | None = None,
        padding_mask: Tensor | None = None,
    ) -> Tensor:
        named = {
            "model_embeddings": model_embeddings,
            "positive_labels": positive_labels,
            "negative_labels": negative_labels,
            "target_padding_mask": target_padding_mask,
        }
        if not isinstance(labels, Labels):
            ordered = [each for each in (hidden_states, labels, *others) if each is not None]
            arguments = _in_order(type(loss).__name__, ordered, named)
            hidden, positives, negatives, mask = arguments.values()
            labels = Labels(positives, mask, negatives, None, feature_tensors)
            return forward(loss, hidden, labels, scorer=scorer)
        unused = (*others, feature_tensors, padding_mask, *named.values())
        if hidden_states is None or any(each is not None for each in unused):
            raise TypeError(_either(type(loss).__name__, "labels and some of the others"))
        return forward(loss, hidden_states, labels, scorer=scorer)

    return cast("EitherForward", either)


def _in_order(
    loss: str, ordered: Sequence[Tensor], named: Mapping[str, Tensor | None]
) -> dict[str, Any]:
    """The arguments of the reference, of which the first came without names, in its order.

    Negatives stand between labels and mask for losses that read them. Raises TypeError for one
    that is missing, or there twice.
    """
    arguments = dict(named)
    names = list(arguments)
    if len(ordered) + (named["target_padding_mask"] is not None) < len(names):
        names.remove("negative_labels")
    if len(ordered) > len(names):
        raise TypeError(_either(loss, f"{len(ordered)} tensors"))
    for name, value in zip(names, ordered, strict=False):
        if arguments[name] is not None:
            raise TypeError(_either(loss, f"{name} twice"))
        arguments[name] = value
    missing = [name for name in names if arguments[name] is None and name != "negative_labels"]
    if missing:
        raise TypeError(_either(loss, f"no {', '.join(missing)}"))
    return arguments


def _either(loss: str, got: str) -> str:
    return (
        f"{loss} got {got}; call it with hidden_states, labels (a Labels) and scorer, or, as the "
        "reference, with model_embeddings, positive_labels, target_padding_mask and scorer, and "
        "with negative_labels or feature_tensors where it reads them"
    )
