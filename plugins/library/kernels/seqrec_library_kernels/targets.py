"""The positions of a batch that have a target; all a loss ever looks at.

Letters in shapes: B users, L positions, M of these with a target, P positives of a position, D dim.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

__all__ = ["Targets", "select_targets"]


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

    def weighted_by(self, feature_tensors: Mapping[str, Tensor] | None, name: str) -> "Targets":
        """Return the same targets with the sample weights that a batch holds by this name.

        They are (B, L, P), one a label, or (B, L), one a position. Raises ValueError for others.
        """
        if feature_tensors is None or name not in feature_tensors:
            raise ValueError(
                f"no sample weights {name!r} among the features {sorted(feature_tensors or ())}; "
                "add the column to the batch, or choose the loss without weights"
            )
        values = feature_tensors[name]
        if values.dim() == 2:
            values = values.unsqueeze(-1)
        labels = (*self.shape, self.labels.size(1))
        if values.shape not in (labels, (*self.shape, 1)):
            raise ValueError(
                f"sample weights {name!r} have shape {tuple(values.shape)}; labels of shape "
                f"{labels} need that or {self.shape}"
            )
        return replace(self, weights=self.pick(values).expand_as(self.labels))


def select_targets(
    model_embeddings: Tensor,
    positive_labels: Tensor,
    target_padding_mask: Tensor,
    ignore_index: int | None = None,
    several: bool = True,
) -> Targets:
    """Pick the positions that have a target out of a padded batch.

    Hidden states are (B, L, D), labels and mask (B, L, P); the mask is True where a label
    counts, and a label equal to `ignore_index` counts nowhere. Raises ValueError where the
    shapes disagree, and NotImplementedError for `several` positives where they are not allowed.
    """
    users, length, _ = model_embeddings.shape
    shape = (users, length, positive_labels.size(-1))
    if positive_labels.shape != shape or target_padding_mask.shape != shape:
        raise ValueError(
            f"hidden states {tuple(model_embeddings.shape)} (B, L, D) need labels and a mask of "
            f"shape (B, L, P), got {tuple(positive_labels.shape)} and "
            f"{tuple(target_padding_mask.shape)}"
        )
    if not several and positive_labels.size(-1) != 1:
        raise NotImplementedError(
            f"this loss takes one positive a position and got labels of shape {shape}; "
            "LogOutCE and LogInCE take several"
        )
    if ignore_index is not None:
        target_padding_mask = target_padding_mask & (positive_labels != ignore_index)
    index = target_padding_mask.any(-1).flatten().nonzero().squeeze(-1)
    labels, mask = (
        values.flatten(0, 1).index_select(0, index)
        for values in (positive_labels.long(), target_padding_mask)
    )
    if mask.size(-1) > 1:
        first = labels.gather(1, mask.byte().argmax(-1, keepdim=True))
        labels = torch.where(mask, labels, first)
    hidden = model_embeddings.flatten(0, 1).index_select(0, index)
    return Targets(hidden, labels, mask, index, (users, length))
