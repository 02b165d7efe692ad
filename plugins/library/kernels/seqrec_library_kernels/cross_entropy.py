"""Cross-entropy over a whole catalogue: in chunks, or by torch's own means to compare with.

Letters in shapes: B users, L positions, M of these with a target, R rows of a chunk, V items,
D dim.
"""

from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

from seqrec_core.contracts import ScorerProto
from seqrec_library_kernels.catalogue_loss import Chunk, catalogue_loss, softmax_, weighted_sum
from seqrec_library_kernels.targets import Targets
from seqrec_library_kernels.torch_internals import native_cross_entropy

__all__ = [
    "Backend",
    "CrossEntropyRows",
    "Reduction",
    "backend_losses",
    "catalogue_cross_entropy",
    "is_summed",
]

Backend = Literal["chunked", "torch", "linear_cross_entropy"]
Reduction = Literal["mean", "sum", "none"]

NATIVE_ROWS = 64
"""Rows that torch's own chunked loss takes at a time."""


def catalogue_cross_entropy(
    targets: Targets,
    scorer: ScorerProto,
    weight: Tensor | None = None,
    label_smoothing: float = 0.0,
    backend: Backend = "chunked",
    reduction: Reduction = "mean",
) -> Tensor:
    """Return the cross-entropy of targets with one label each, as `torch.nn.CrossEntropyLoss`.

    `weight` (V,) weighs items. The mean over targets with weights of their own is over their
    number. Reduction "none" gives unweighted losses (B*L,), 0 where no target is.
    """
    labels = scorer.columns(targets.labels.squeeze(1))
    factors = None if targets.weights is None else targets.weights.squeeze(1)
    summed = is_summed(reduction)
    if backend == "chunked":
        rule = CrossEntropyRows(labels, weight, label_smoothing)
        losses = catalogue_loss(rule, targets.hidden, scorer, weights=factors, summed=summed)
    else:
        losses = backend_losses(backend, targets.hidden, labels, scorer, weight, label_smoothing)
        losses = weighted_sum(losses, factors) if summed else losses
    if reduction == "none":
        users, length = targets.shape
        return losses.new_zeros(users * length).index_copy(0, targets.index, losses)
    if reduction == "sum":
        return losses
    if weight is None or factors is not None:
        return losses / max(len(labels), 1)
    exact = torch.promote_types(weight.dtype, torch.float32)  # a sum in half overflows
    return losses / weight[labels].sum(dtype=exact).clamp(min=torch.finfo(exact).tiny)


def is_summed(reduction: Reduction) -> bool:
    """Return whether losses become one number; ValueError for an unknown reduction."""
    if reduction not in get_args(Reduction):
        raise ValueError(f"unknown reduction {reduction!r}; choose 'mean', 'sum' or 'none'")
    return reduction != "none"


class CrossEntropyRows:
    """A row rule: turns logits (R, V) into losses (R,) and, in place, into their gradient.

    `labels` (M,) are columns; `weight` (V,) and `label_smoothing` are those of
    `torch.nn.CrossEntropyLoss`. The loss of a row is log-sum-exp(logits) less the label's logit,
    its gradient softmax(logits) less 1 at the label; weights and smoothing scale and spread both.
    """

    def __init__(self, labels: Tensor, weight: Tensor | None, label_smoothing: float):
        self.labels, self.weight, self.label_smoothing = labels, weight, label_smoothing

    def __call__(self, chunk: Chunk) -> Tensor:
        """Return the losses of a chunk; see `RowRule`."""
        logits, labels = chunk.logits, self.labels[chunk.rows, None]
        weight = logits.new_ones(logits.size(1)) if self.weight is None else self.weight.to(logits)
        share = (1 - self.label_smoothing) * weight[labels]  # of the label, (R, 1)
        spread = self.label_smoothing / len(weight) * weight  # over all items, (V,)
        scale = share + spread.sum()
        expected = share * logits.gather(1, labels)
        if self.label_smoothing:
            expected += (logits @ spread)[:, None]
        log_sum = softmax_(logits) if chunk.gradient else logits.logsumexp(-1)
        if chunk.gradient:
            if self.weight is not None:
                logits *= scale
            logits.scatter_add_(1, labels, -share)
            if self.label_smoothing:
                logits -= spread
            if chunk.weights is not None:
                logits *= chunk.weights[:, None]
        return (scale * log_sum[:, None] - expected).squeeze(1)


def backend_losses(
    backend: Backend,
    hidden: Tensor,
    labels: Tensor,
    scorer: ScorerProto,
    weight: Tensor | None,
    label_smoothing: float,
) -> Tensor:
    """Return the cross-entropies (M,) of hidden states (M, D), whose labels (M,) are columns.

    "torch" holds the logits of all M; "linear_cross_entropy" is torch's own chunked loss, which
    falls back to holding them for label smoothing. Raises ValueError for an unknown backend, and
    for "linear_cross_entropy" where torch lacks it or the head is no dot product.
    """
    if backend == "torch":
        return F.cross_entropy(
            scorer(hidden), labels, weight, reduction="none", label_smoothing=label_smoothing
        )
    if backend != "linear_cross_entropy":
        raise ValueError(
            f"unknown backend {backend!r}; choose 'chunked', 'torch' or 'linear_cross_entropy'"
        )
    if not scorer.is_dot_product or native_cross_entropy is None:
        raise ValueError(
            "backend 'linear_cross_entropy' needs torch >= 2.13 and a dot-product head; "
            "choose 'chunked'"
        )
    options = torch.nn.LinearCrossEntropyOptions(
        batch_chunk_size=NATIVE_ROWS, acc_policy="accurate", allow_retain_graph=True
    )
    return native_cross_entropy(
        hidden,
        scorer.item_weights(),
        labels,
        weight=weight,
        reduction="none",
        label_smoothing=label_smoothing,
        options=None if label_smoothing else options,
    )
