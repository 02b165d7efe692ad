"""Cross-entropy by other means than our own chunks: to compare with, or where they are faster."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from seqrec_kernels_torch.scorer import ItemScorer

__all__ = ["Backend", "backend_losses"]

Backend = Literal["chunked", "torch", "linear_cross_entropy"]

NATIVE_ROWS = 64


def backend_losses(
    backend: Backend,
    hidden: Tensor,
    labels: Tensor,
    scorer: ItemScorer,
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
    if not scorer.is_dot_product or not hasattr(F, "linear_cross_entropy"):
        raise ValueError(
            "backend 'linear_cross_entropy' needs torch >= 2.13 and a dot-product head; "
            "choose 'chunked'"
        )
    options = torch.nn.LinearCrossEntropyOptions(
        batch_chunk_size=NATIVE_ROWS, acc_policy="accurate", allow_retain_graph=True
    )
    losses: Tensor = F.linear_cross_entropy(
        hidden,
        scorer.item_weights(),
        labels,
        weight=weight,
        reduction="none",
        label_smoothing=label_smoothing,
        options=None if label_smoothing else options,
    )
    return losses
