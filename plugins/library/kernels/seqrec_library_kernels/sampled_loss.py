"""Losses of positives against items that were drawn as negatives.

Negatives come as one set for the batch, one a user or one a position. Rows that share a set are a
*group*: a dot-product head scores them against its items by one matrix product, and no row gets a
copy of the items.

Letters in shapes: M positions with a target, G groups of them, N negatives, P positives of a
position, C distinct items, D dim.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from seqrec_core.contracts import ScorerProto
from seqrec_library_kernels.catalogue_loss import (
    CACHE_BYTES,
    logit_losses,
    matrix_loss,
    refuse_second_derivatives,
    row_losses,
    weighted_sum,
)
from seqrec_library_kernels.contrast import ContrastRule, InSample, reduced
from seqrec_library_kernels.cross_entropy import Reduction, is_summed
from seqrec_library_kernels.draw_frequency import DrawLogs
from seqrec_library_kernels.targets import Targets

__all__ = ["grouped_dot", "sampled_loss"]

_UNCORRECTED = DrawLogs()


def sampled_loss(
    rule: ContrastRule,
    targets: Targets,
    negative_labels: Tensor,
    scorer: ScorerProto,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    lowered: DrawLogs = _UNCORRECTED,
) -> Tensor:
    """Return a loss of targets against drawn negatives; for the reductions see `reduced`.

    `negative_labels` are one set for the batch (N,), one a user (B, N), or one a position
    (B, L, N); `ignore_index` marks what is no negative, and a position's own positives are none
    either. One that was drawn twice counts twice. Each item that takes part is looked up once, and
    its logits are `lowered` by what is there for it.

    Raises ValueError for negatives of another shape.
    """
    summed = is_summed(reduction)
    negatives, group = _negatives_of(targets, negative_labels)
    items = negatives.masked_fill(negatives == ignore_index, 0)  # any id that has a row will do
    labels = targets.labels
    ids, rows = torch.unique(torch.cat([labels.flatten(), items.flatten()]), return_inverse=True)
    weight = scorer.item_weights(ids)
    label_rows, negative_rows = rows[: labels.numel()], rows[labels.numel() :].view_as(items)
    positive_weight = weight.index_select(0, label_rows).view(*labels.shape, weight.size(1))
    positives = scorer.head(targets.hidden, positive_weight)
    if lowered.positives is not None:
        positives = positives - targets.pick(lowered.positives)
    logq = None if lowered.negatives is None else _negatives_of(targets, lowered.negatives)[0]
    rule_of_rows = InSample(rule, labels, targets.mask, negatives, group, ignore_index, logq)
    if group is None:
        losses = matrix_loss(
            rule_of_rows,
            targets.hidden,
            weight.index_select(0, negative_rows),
            scorer,
            positives=positives,
            weights=targets.weights,
            summed=summed,
        )
    else:
        losses = _losses_in_groups(
            rule_of_rows, targets.hidden, weight, negative_rows, group, positives, scorer
        )
        losses = weighted_sum(losses, targets.weights) if summed else losses
    return reduced(rule, losses, targets, reduction)


def _losses_in_groups(
    rule: InSample,
    hidden: Tensor,
    weight: Tensor,
    columns: Tensor,
    group: Tensor,
    positives: Tensor,
    scorer: ScorerProto,
) -> Tensor:
    """Return the losses of rows whose negatives are those of their group; see `grouped_dot`."""
    if scorer.is_dot_product:
        return row_losses(rule, slice(None), grouped_dot(hidden, weight, columns, group), positives)

    def score(rows: slice, hidden: Tensor, weight: Tensor) -> Tensor:
        return scorer.head(hidden[rows], weight[columns[group[rows]]])

    width = columns.size(1) * weight.size(1)
    return logit_losses(rule, score, hidden, weight, positives, width)


def _negatives_of(targets: Targets, negative_labels: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return the negatives that are needed, (N,) and None, or (G, N) and each row's group (M,)."""
    if negative_labels.dim() == 1:
        return negative_labels, None
    if negative_labels.shape[:-1] == targets.shape:
        return targets.pick(negative_labels), torch.arange(len(targets.index)).to(targets.index)
    if negative_labels.shape[:-1] == targets.shape[:1]:
        users, group = torch.unique_consecutive(
            targets.index // targets.shape[1], return_inverse=True
        )
        return negative_labels.index_select(0, users), group
    users, length = targets.shape
    raise ValueError(
        f"negative labels of shape {tuple(negative_labels.shape)} do not fit a batch of {users} "
        f"users and {length} positions; give (N,), ({users}, N) or ({users}, {length}, N)"
    )


def grouped_dot(hidden: Tensor, weight: Tensor, columns: Tensor, group: Tensor) -> Tensor:
    """Return dot products (M, N) of each hidden state with the items of its group.

    Hidden states are (M, D), in ascending order of their `group` (M,); items (C, D), of which
    `columns` (G, N) names those of each group. Items are gathered block by block, in forward and
    again in backward: (M, N, D) is never held.
    """
    logits: Tensor = _GroupedDot.apply(hidden, weight, columns, group)  # type: ignore[no-untyped-call]
    return logits


class _Block(NamedTuple):
    """Some groups, and their rows, with the place of each in a padded (groups, longest).

    `groups` is a slice of the G groups, `rows` one of the M rows; `slots` says where each row
    stands in a flat table of `shape`: groups by the rows of the longest one.
    """

    groups: slice
    rows: slice
    slots: Tensor
    shape: tuple[int, int]

    def pad(self, values: Tensor) -> Tensor:
        """Return the rows of values (M, ...) as (groups, longest, ...), the rest zero."""
        padded = values.new_zeros(self.shape[0] * self.shape[1], *values.shape[1:])
        padded.index_copy_(0, self.slots, values[self.rows])
        return padded.view(*self.shape, *values.shape[1:])

    def unpad(self, values: Tensor) -> Tensor:
        """Return (groups, longest, ...) as rows again, without the padding."""
        return values.flatten(0, 1).index_select(0, self.slots)


def _blocks(group: Tensor, num_groups: int, group_bytes: int) -> Iterator[_Block]:
    """Cut groups into blocks whose items fit the cache."""
    counts = torch.bincount(group, minlength=num_groups)
    ends = counts.cumsum(0)
    rank = torch.arange(len(group), device=group.device) - (ends - counts)[group]
    size = max(CACHE_BYTES // group_bytes, 1)
    for first in range(0, num_groups, size):
        last = min(first + size, num_groups)
        longest = int(counts[first:last].max())
        rows = slice(int(ends[first] - counts[first]), int(ends[last - 1]))
        slots = (group[rows] - first) * longest + rank[rows]
        yield _Block(slice(first, last), rows, slots, (last - first, longest))


class _GroupedDot(torch.autograd.Function):
    """The products of `grouped_dot`; backward gathers the items again."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, columns: Tensor, group: Tensor) -> Tensor:
        dtype = torch.promote_types(hidden.dtype, weight.dtype)
        ctx.save_for_backward(hidden, weight, columns, group)
        logits = hidden.new_empty(len(hidden), columns.size(1), dtype=dtype)
        for block, items in _gathered(weight.to(dtype), columns, group):
            products = torch.bmm(block.pad(hidden.to(dtype)), items.mT)
            logits[block.rows] = block.unpad(products)
        return logits

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> tuple[Tensor | None, ...]:
        refuse_second_derivatives()
        hidden, weight, columns, group = ctx.saved_tensors
        grad_hidden = torch.empty_like(hidden, dtype=slopes.dtype)
        grad_weight = torch.zeros_like(weight, dtype=slopes.dtype)
        states = hidden.to(slopes.dtype)
        for block, items in _gathered(weight.to(slopes.dtype), columns, group):
            padded = block.pad(slopes)
            grad_hidden[block.rows] = block.unpad(torch.bmm(padded, items))
            grad_items = torch.bmm(padded.mT, block.pad(states))
            places = columns[block.groups].flatten()
            grad_weight.index_add_(0, places, grad_items.flatten(0, 1))
        return grad_hidden.to(hidden.dtype), grad_weight.to(weight.dtype), None, None


def _gathered(weight: Tensor, columns: Tensor, group: Tensor) -> Iterator[tuple[_Block, Tensor]]:
    """Yield each block with its items (groups, N, D)."""
    count, dim = columns.size(1), weight.size(1)
    for block in _blocks(group, len(columns), count * dim * weight.element_size()):
        places = columns[block.groups].flatten()
        yield block, weight.index_select(0, places).view(block.shape[0], count, dim)
