"""Cross-entropy of the next item, against the whole catalogue or against drawn negatives."""

from collections.abc import Mapping
from typing import Literal

import torch
from seqrec_kernels_torch.backends import Backend, backend_losses
from seqrec_kernels_torch.catalogue import Chunk, catalogue_loss, softmax_, weighted_sum
from seqrec_kernels_torch.columns import FromFiles
from seqrec_kernels_torch.contrast import PairCrossEntropy, mean_of_pairs
from seqrec_kernels_torch.positions import Targets, select_targets
from seqrec_kernels_torch.sampled import sampled_loss
from seqrec_kernels_torch.scorer import ItemScorer
from torch import Tensor, nn

__all__ = ["CE", "CESampled", "CESampledWeighted", "CEWeighted"]

Reduction = Literal["mean", "sum", "none"]


class CrossEntropyRows:
    """Turns logits (R, V) into losses (R,) and, in place, into their gradient.

    `labels` (M,) are columns; `weight` (V,) and `label_smoothing` are those of
    `torch.nn.CrossEntropyLoss`. This is all that the full-catalogue loss has of its own.
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


class CE(nn.Module):
    """Cross-entropy over the whole catalogue, as `torch.nn.CrossEntropyLoss` over all logits.

    `weight` (V,) weighs items; a label equal to `ignore_index` is no target. The loss of no
    targets is 0. `backend` "chunked" holds the logits of as many rows as fit the cache; for the
    others see `backend_losses`.
    """

    needs_negatives = False
    needs_feature_tensors = False
    from_files = FromFiles("weight")

    def __init__(
        self,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
        backend: Backend = "chunked",
    ):
        super().__init__()
        self.weight: Tensor | None
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.reduction = reduction
        self.label_smoothing = label_smoothing
        self.backend = backend

    def forward(
        self,
        model_embeddings: Tensor,
        positive_labels: Tensor,
        target_padding_mask: Tensor,
        *,
        scorer: ItemScorer,
    ) -> Tensor:
        """Return the loss of hidden states (B, L, D) for labels (B, L, 1).

        `target_padding_mask` (B, L, 1) is True where a label counts. Reduction "none" gives
        (B*L,), 0 where nothing counts. Raises NotImplementedError for several positives.
        """
        targets = select_targets(
            model_embeddings, positive_labels, target_padding_mask, self.ignore_index, several=False
        )
        if self.reduction == "none":
            losses = self.losses(targets, scorer, summed=False)
            return losses.new_zeros(positive_labels.numel()).index_copy(0, targets.index, losses)
        total = self.losses(targets, scorer)
        if self.reduction == "sum":
            return total
        if self.weight is None:
            return total / max(len(targets.index), 1)
        smallest = torch.finfo(self.weight.dtype).tiny
        return total / self.weight[scorer.columns(targets.labels)].sum().clamp(min=smallest)

    def losses(
        self,
        targets: Targets,
        scorer: ItemScorer,
        weights: Tensor | None = None,
        summed: bool = True,
    ) -> Tensor:
        """Return the sum of the losses times `weights` (M,), or the losses (M,) unsummed."""
        labels = scorer.columns(targets.labels.squeeze(1))
        if self.backend == "chunked":
            rule = CrossEntropyRows(labels, self.weight, self.label_smoothing)
            return catalogue_loss(rule, targets.hidden, scorer, weights=weights, summed=summed)
        losses = backend_losses(
            self.backend, targets.hidden, labels, scorer, self.weight, self.label_smoothing
        )
        return weighted_sum(losses, weights) if summed else losses


class CEWeighted(CE):
    """Cross-entropy over the whole catalogue, each target times a weight from the batch.

    The weights are the feature `feature_name`, (B, L, 1) or (B, L). The mean is over targets,
    whatever their weights; the reference multiplies every weight with every loss instead.
    """

    needs_feature_tensors = True

    def __init__(
        self,
        feature_name: str,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
        backend: Backend = "chunked",
    ):
        super().__init__(weight, ignore_index, "mean", label_smoothing, backend)
        self.feature_name = feature_name

    def forward(
        self,
        model_embeddings: Tensor,
        positive_labels: Tensor,
        target_padding_mask: Tensor,
        *,
        scorer: ItemScorer,
        feature_tensors: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        """Return the weighted loss; arguments as in `CE`, and the batch's features.

        Raises ValueError where these lack the weights.
        """
        targets = select_targets(
            model_embeddings, positive_labels, target_padding_mask, self.ignore_index, several=False
        )
        weights = targets.weights(feature_tensors, self.feature_name).squeeze(1)
        return self.losses(targets, scorer, weights) / max(len(weights), 1)


class CESampled(nn.Module):
    """Cross-entropy of each positive against the negatives that were drawn.

    A negative that is one of the position's own positives, or equals
    `negative_labels_ignore_index`, is left out. A positive equal to `ignore_index` is no target.
    `weight` (1 + N,), `reduction` and `label_smoothing` are those of `torch.nn.CrossEntropyLoss`
    over the classes "positive" and "negative n".
    """

    needs_negatives = True
    needs_feature_tensors = False
    from_files = FromFiles("weight")

    def __init__(
        self,
        negative_labels_ignore_index: int = -100,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
    ):
        super().__init__()
        self.weight: Tensor | None
        self.register_buffer("weight", weight)
        self.negative_labels_ignore_index = negative_labels_ignore_index
        self.ignore_index = ignore_index
        self.reduction = reduction
        self.label_smoothing = label_smoothing

    def forward(
        self,
        model_embeddings: Tensor,
        positive_labels: Tensor,
        negative_labels: Tensor,
        target_padding_mask: Tensor,
        *,
        scorer: ItemScorer,
    ) -> Tensor:
        """Return the loss of hidden states (B, L, D) for labels (B, L, P).

        Negatives are (N,), (B, N) or (B, L, N); `target_padding_mask` (B, L, P) is True where
        a label counts. Reduction "none" gives the losses of the labels that count, in order.
        """
        targets = select_targets(
            model_embeddings, positive_labels, target_padding_mask, self.ignore_index
        )
        if self.reduction == "none":
            return self.losses(targets, negative_labels, scorer, summed=False)[targets.mask]
        total = self.losses(targets, negative_labels, scorer)
        return total if self.reduction == "sum" else mean_of_pairs(total, targets.mask, self.weight)

    def losses(
        self,
        targets: Targets,
        negative_labels: Tensor,
        scorer: ItemScorer,
        weights: Tensor | None = None,
        summed: bool = True,
    ) -> Tensor:
        """Return the sum of the losses times `weights` (M, P), or the losses (M, P) unsummed."""
        return sampled_loss(
            PairCrossEntropy(self.weight, self.label_smoothing),
            targets,
            negative_labels,
            scorer,
            ignore_index=self.negative_labels_ignore_index,
            weights=weights,
            summed=summed,
        )


class CESampledWeighted(CESampled):
    """Cross-entropy against drawn negatives, each positive times a weight from the batch.

    The weights are the feature `feature_name`, (B, L, P) or (B, L). The mean is over positives,
    whatever their weights.
    """

    needs_feature_tensors = True

    def __init__(
        self,
        feature_name: str,
        negative_labels_ignore_index: int = -100,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
    ):
        super().__init__(
            negative_labels_ignore_index, weight, ignore_index, "mean", label_smoothing
        )
        self.feature_name = feature_name

    def forward(
        self,
        model_embeddings: Tensor,
        positive_labels: Tensor,
        negative_labels: Tensor,
        target_padding_mask: Tensor,
        *,
        scorer: ItemScorer,
        feature_tensors: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        """Return the weighted loss; arguments as in `CESampled`, and the batch's features.

        Raises ValueError where these lack the weights.
        """
        targets = select_targets(
            model_embeddings, positive_labels, target_padding_mask, self.ignore_index
        )
        weights = targets.weights(feature_tensors, self.feature_name)
        total = self.losses(targets, negative_labels, scorer, weights)
        return mean_of_pairs(total, targets.mask)
