"""The positions of a batch that have a target; all a loss ever looks at.

Letters in shapes: B users, L positions, M of these with a target, P positives of a position, D dim.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from torch import Tensor

from seqrec_core.contracts import Labels

__all__ = ["Targets", "WeightNorm", "drawn_negatives", "select_targets"]

WeightNorm = Literal["count", "weights"]
"""What a weighted mean divides by: how many labels count, or the sum of their weights."""

_LEAST_WEIGHT = 1e-8  # as in the reference: weights of 0 give a loss of 0


@dataclass(frozen=True)
class Targets:
    """The M positions with at least one target that counts, in the order of the batch.

    `hidden` (M, D) and `labels` (M, P) are theirs; `mask` (M, P) is True where a label counts.
    A label that does not count repeats one that does, so every label is an item whatever the
    padding held. `index` (M,) is the place of each position among the B*L of the batch, whose
    `shape` is (B, L). `weights` (M, P) multiply the losses of the labels, 1 for None.
    """

    hidden: Tensor
    labels: Tensor
    mask: Tensor
    index: Tensor
    shape: tuple[int, int]
    weights: Tensor | None = None

    def pick(self, values: Tensor) -> Tensor:
        """Return the rows (M, ...) of these positions in values (B, L, ...)."""
        return values.flatten(0, 1).index_select(0, self.index)

    def weighted_by(self, labels: Labels, name: str, normalize: WeightNorm = "count") -> "Targets":
        """Return the same targets with their sample weights: those of the labels, or a feature.

        Without weights of their own, the labels' features hold them by this name. They are
        (B, L, P), one a label, or (B, L), one a position. With `normalize` "weights" they are
        scaled to a mean of 1 over the labels that count, so that a mean over these divides by the
        sum of the weights. Raises ValueError for others, or none.
        """
        if normalize not in get_args(WeightNorm):
            raise ValueError(f"normalize is {normalize!r}; choose 'count' or 'weights'")
        values = labels.weights
        if values is None:
            values = _feature(labels, name)
        if values.dim() == 2:
            values = values.unsqueeze(-1)
        shape = (*self.shape, self.labels.size(1))
        if values.shape not in (shape, (*self.shape, 1)):
            raise ValueError(
                f"sample weights {name!r} have shape {tuple(values.shape)}; labels of shape "
                f"{shape} need that or {self.shape}"
            )
        weights = self.pick(values).expand_as(self.labels)
        if normalize == "weights":
            weights = weights.to(torch.promote_types(weights.dtype, torch.float32))
            total = (weights * self.mask).sum().clamp(min=_LEAST_WEIGHT)
            weights = weights * (self.mask.sum() / total)
        return replace(self, weights=weights)


def _feature(labels: Labels, name: str) -> Tensor:
    """The feature of this name that came with the labels; ValueError where none did."""
    if labels.features is None or name not in labels.features:
        raise ValueError(
            f"no sample weights {name!r} among the features {sorted(labels.features or ())}; "
            "add the column to the batch, or choose the loss without weights"
        )
    return labels.features[name]


def drawn_negatives(loss: object, labels: Labels) -> Tensor:
    """Return the negatives that came with the labels; ValueError where none did."""
    if labels.negatives is None:
        raise ValueError(
            f"{type(loss).__name__} needs negative_labels; add the transform negatives, "
            "or uniform_negatives, to the training transforms"
        )
    return labels.negatives


def select_targets(
    hidden_states: Tensor,
    labels: Labels,
    ignore_index: int | None = None,
    several: bool = True,
) -> Targets:
    """Pick the positions that have a target out of a padded batch.

    Hidden states are (B, L, D). A label equal to `ignore_index` counts nowhere. Raises ValueError
    where the shapes disagree, and NotImplementedError for `several` positives where they are not
    allowed.
    """
    users, length, _ = hidden_states.shape
    positives, counts = labels.positives, labels.mask
    shape = (users, length, positives.size(-1))
    if positives.shape != shape or counts.shape != shape:
        raise ValueError(
            f"hidden states {tuple(hidden_states.shape)} (B, L, D) need labels and a mask of "
            f"shape (B, L, P), got {tuple(positives.shape)} and {tuple(counts.shape)}"
        )
    if not several and positives.size(-1) != 1:
        raise NotImplementedError(
            f"this loss takes one positive a position and got labels of shape {shape}; "
            "LogOutCE and LogInCE take several"
        )
    if ignore_index is not None:
        counts = counts & (positives != ignore_index)
    index = counts.any(-1).flatten().nonzero().squeeze(-1)
    items, mask = (
        values.flatten(0, 1).index_select(0, index) for values in (positives.long(), counts)
    )
    if mask.size(-1) > 1:
        first = items.gather(1, mask.byte().argmax(-1, keepdim=True))
        items = torch.where(mask, items, first)
    hidden = hidden_states.flatten(0, 1).index_select(0, index)
    return Targets(hidden, items, mask, index, (users, length))
