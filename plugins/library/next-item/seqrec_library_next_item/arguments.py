"""The columns that the `forward` of a next-item model takes."""

from collections.abc import Iterable

__all__ = ["columns_of"]

_LABELS = ("positive_labels", "target_padding_mask")


def columns_of(
    split: str, features: Iterable[str], needs_negatives: bool, needs_logq: bool = False
) -> tuple[str, ...]:
    """The columns of a split's batches that hold these features of events, and what goes with them.

    Where no feature is named, some have to be there.
    """
    groups = tuple(f"feature_tensors.{name}" for name in features) or ("feature_tensors",)
    negatives: tuple[str, ...] = ("negative_labels",) if needs_negatives else ()
    negatives += ("negative_logq", "positive_logq") if needs_logq else ()
    return ("padding_mask", *groups, *((*_LABELS, *negatives) if split == "train" else ()))
