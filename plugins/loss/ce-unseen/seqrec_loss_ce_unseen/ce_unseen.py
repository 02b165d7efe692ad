"""Cross-entropy of the next item against the items its user has not seen yet.

Letters in shapes: B users, L positions, M of these with a target, R rows of a chunk, D dim.
"""

from collections.abc import Mapping
from typing import Literal

import torch
from seqrec_library_kernels.catalogue_loss import Chunk, catalogue_loss
from seqrec_library_kernels.cross_entropy import CrossEntropyRows
from seqrec_library_kernels.reference_call import takes_reference_call
from seqrec_library_kernels.targets import Targets, select_targets
from torch import Tensor, nn

from seqrec_core.contracts import Labels, ScorerProto

__all__ = ["CEUnseen"]

NO_ITEM = -1
"""Stands for events before a user's first target."""


class CEUnseen(nn.Module):
    """Cross-entropy over the catalogue without the items of the sequence up to each position.

    A model whose recommendations leave out seen items need not learn to score those low. The
    label counts even where it repeats a seen item. Events before a user's first target count as
    padding, whatever they hold. `item_feature_name` is the feature (B, L) of item ids that the
    model reads; a label equal to `ignore_index` is no target. The loss of no targets is 0.
    """

    def __init__(
        self,
        item_feature_name: str = "item_id",
        ignore_index: int = -100,
        reduction: Literal["mean", "sum"] = "mean",
    ):
        super().__init__()
        if reduction not in ("mean", "sum"):
            raise ValueError(f"unknown reduction {reduction!r}; choose 'mean' or 'sum'")
        self.item_feature_name = item_feature_name
        self.ignore_index = ignore_index
        self.reduction = reduction

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss of hidden states (B, L, D) for positives (B, L, 1).

        Raises ValueError where the features of the labels lack the items, and NotImplementedError
        for several positives.
        """
        targets = select_targets(hidden_states, labels, self.ignore_index, several=False)
        begun = labels.mask.squeeze(-1).cumsum(1) > 0
        items = self._items(labels.features, targets.shape).where(begun, NO_ITEM)
        rule = _UnseenRows(targets, items, scorer)
        total = catalogue_loss(rule, targets.hidden, scorer)
        return total / max(len(targets.labels), 1) if self.reduction == "mean" else total

    def _items(self, features: Mapping[str, Tensor] | None, shape: tuple[int, int]) -> Tensor:
        name = self.item_feature_name
        if features is None or name not in features:
            raise ValueError(
                f"no items {name!r} among the features {sorted(features or ())}; add the column "
                "to the batch, or name the right one as item_feature_name"
            )
        if features[name].shape != shape:
            raise ValueError(
                f"items {name!r} have shape {tuple(features[name].shape)}, the hidden states "
                f"{shape}; this loss takes one item a position"
            )
        return features[name]


class _UnseenRows:
    """A row rule: cross-entropy of rows of logits, those of seen items set to -inf before."""

    def __init__(self, targets: Targets, items: Tensor, scorer: ScorerProto):
        self.labels = scorer.columns(targets.labels)
        self.index, self.items, self.scorer = targets.index, items, scorer
        self.cross_entropy = CrossEntropyRows(self.labels.squeeze(1), None, label_smoothing=0.0)

    def __call__(self, chunk: Chunk) -> Tensor:
        """Return the losses (R,) of a chunk; see `RowRule`."""
        logits, labels = chunk.logits, self.labels[chunk.rows]
        of_labels = logits.gather(1, labels)
        seen = self._seen(self.index[chunk.rows], labels, items=logits.size(1))
        logits.scatter_(1, seen, -torch.inf).scatter_(1, labels, of_labels)
        return self.cross_entropy(chunk)

    def _seen(self, index: Tensor, labels: Tensor, items: int) -> Tensor:
        """Return the columns (R, L) of the items up to each position; elsewhere the label's."""
        length = self.items.size(1)
        columns = self.scorer.columns(self.items[index // length])
        positions = torch.arange(length, device=index.device)
        earlier = positions <= (index % length)[:, None]
        counts = earlier & (columns >= 0) & (columns < items)
        return torch.where(counts, columns, labels)
