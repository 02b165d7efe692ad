"""Cross-entropy whose targets have weights of their own, given with the batch."""

from collections.abc import Mapping

from seqrec_library_kernels.contrast import PairCrossEntropy
from seqrec_library_kernels.cross_entropy import Backend, catalogue_cross_entropy
from seqrec_library_kernels.sampled_loss import sampled_loss
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_library_kernels.targets import select_targets
from torch import Tensor, nn

__all__ = ["CESampledWeighted", "CEWeighted"]


class CEWeighted(nn.Module):
    """`CE`, each target times a weight from the batch.

    The weights are the feature `feature_name`, (B, L, 1) or (B, L). The mean is over targets,
    whatever their weights; the reference multiplies every weight with every loss instead.
    """

    needs_negatives = False
    needs_feature_tensors = True

    def __init__(
        self,
        feature_name: str,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
        backend: Backend = "chunked",
    ):
        super().__init__()
        self.weight: Tensor | None
        self.register_buffer("weight", weight)
        self.feature_name = feature_name
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.backend = backend

    def forward(
        self,
        model_embeddings: Tensor,
        positive_labels: Tensor,
        target_padding_mask: Tensor,
        *,
        scorer: ItemScorer,
        feature_tensors: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        """Return the loss, as `CE`; ValueError where the features lack the weights."""
        targets = select_targets(
            model_embeddings, positive_labels, target_padding_mask, self.ignore_index, several=False
        ).weighted_by(feature_tensors, self.feature_name)
        return catalogue_cross_entropy(
            targets, scorer, self.weight, self.label_smoothing, self.backend
        )


class CESampledWeighted(nn.Module):
    """`CESampled`, each positive times a weight from the batch.

    The weights are the feature `feature_name`, (B, L, P) or (B, L). The mean is over positives,
    whatever their weights.
    """

    needs_negatives = True
    needs_feature_tensors = True

    def __init__(
        self,
        feature_name: str,
        negative_labels_ignore_index: int = -100,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
    ):
        super().__init__()
        self.weight: Tensor | None
        self.register_buffer("weight", weight)
        self.feature_name = feature_name
        self.negative_labels_ignore_index = negative_labels_ignore_index
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

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
        """Return the loss, as `CESampled`; ValueError where the features lack the weights."""
        targets = select_targets(
            model_embeddings, positive_labels, target_padding_mask, self.ignore_index
        ).weighted_by(feature_tensors, self.feature_name)
        rule = PairCrossEntropy(self.weight, self.label_smoothing)
        return sampled_loss(
            rule, targets, negative_labels, scorer, self.negative_labels_ignore_index
        )
