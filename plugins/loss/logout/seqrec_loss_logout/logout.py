"""Cross-entropy with several positives, each on its own: summed outside the logarithm.

- sum of log(exp(p) / (exp(p) + sum of exp(n))): every positive should be likely, and positives do
not compete with each other. Multi-positive labels are those of arXiv:2205.04507.
"""

from collections.abc import Mapping
from typing import Literal

from seqrec_kernels_torch.columns import FromFiles
from seqrec_kernels_torch.contrast import PairCrossEntropy, contrast_loss, mean_of_pairs
from seqrec_kernels_torch.positions import Targets, select_targets
from seqrec_kernels_torch.scorer import ItemScorer
from torch import Tensor, nn

__all__ = ["LogOutCE", "LogOutCEWeighted"]


class LogOutCE(nn.Module):
    """Cross-entropy of each positive of a position alone, against the rest of the catalogue.

    The item `negative_labels_ignore_index` is never a negative; a positive equal to
    `ignore_index` is no target. `weight` (1 + V,), `reduction` and `label_smoothing` are those of
    `torch.nn.CrossEntropyLoss` over the classes "positive" and "item v as a negative"; smoothing
    spreads over the classes that are there. `cardinality` is the number of items, padding left
    out. The loss of no targets is 0.
    """

    needs_negatives = False
    needs_feature_tensors = False
    from_files = FromFiles("weight")

    def __init__(
        self,
        cardinality: int,
        negative_labels_ignore_index: int = -100,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: Literal["mean", "sum", "none"] = "mean",
        label_smoothing: float = 0.0,
    ):
        super().__init__()
        self.weight: Tensor | None
        self.register_buffer("weight", weight)
        self.cardinality = cardinality
        self.negative_labels_ignore_index = negative_labels_ignore_index
        self.ignore_index = ignore_index
        self.reduction = reduction
        self.label_smoothing = label_smoothing

    def forward(
        self,
        model_embeddings: Tensor,
        positive_labels: Tensor,
        target_padding_mask: Tensor,
        *,
        scorer: ItemScorer,
    ) -> Tensor:
        """Return the loss of hidden states (B, L, D) for labels (B, L, P), averaged over labels.

        `target_padding_mask` (B, L, P) is True where a label counts. Reduction "none" gives the
        losses of the labels that count, in order. Raises ValueError if the model's catalogue has
        not `cardinality` items.
        """
        targets = select_targets(
            model_embeddings, positive_labels, target_padding_mask, self.ignore_index
        )
        if self.reduction == "none":
            return self.losses(targets, scorer, summed=False)[targets.mask]
        total = self.losses(targets, scorer)
        return total if self.reduction == "sum" else mean_of_pairs(total, targets.mask, self.weight)

    def losses(
        self,
        targets: Targets,
        scorer: ItemScorer,
        weights: Tensor | None = None,
        summed: bool = True,
    ) -> Tensor:
        """Return the sum of the losses times `weights` (M, P), or the losses (M, P) unsummed."""
        return contrast_loss(
            PairCrossEntropy(self.weight, self.label_smoothing),
            targets,
            scorer,
            cardinality=self.cardinality,
            ignore_index=self.negative_labels_ignore_index,
            weights=weights,
            summed=summed,
        )


class LogOutCEWeighted(LogOutCE):
    """Cross-entropy of each positive alone, times a weight from the batch.

    The weights are the feature `feature_name`, (B, L, P) or (B, L). The mean is over positives,
    whatever their weights.
    """

    needs_feature_tensors = True

    def __init__(
        self,
        cardinality: int,
        feature_name: str,
        negative_labels_ignore_index: int = -100,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
    ):
        super().__init__(
            cardinality,
            negative_labels_ignore_index,
            weight,
            ignore_index,
            label_smoothing=label_smoothing,
        )
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
        """Return the weighted loss; arguments as in `LogOutCE`, and the batch's features.

        Raises ValueError where these lack the weights.
        """
        targets = select_targets(
            model_embeddings, positive_labels, target_padding_mask, self.ignore_index
        )
        weights = targets.weights(feature_tensors, self.feature_name)
        return mean_of_pairs(self.losses(targets, scorer, weights), targets.mask)
