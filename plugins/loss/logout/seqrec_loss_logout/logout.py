"""Cross-entropy with several positives, each on its own: summed outside the logarithm.

- sum of log(exp(p) / (exp(p) + sum of exp(n))): every positive should be likely, and positives do
not compete with each other. Multi-positive labels are those of arXiv:2205.04507.

Letters in shapes: B users, L positions, P positives of a position, V items, D dim.
"""

from seqrec_library_kernels.contrast import PairCrossEntropy, contrast_loss
from seqrec_library_kernels.cross_entropy import Reduction
from seqrec_library_kernels.reference_call import takes_reference_call
from seqrec_library_kernels.targets import WeightNorm, select_targets
from torch import Tensor, nn

from seqrec_core.contracts import Labels, ScorerProto

__all__ = ["LogOutCE", "LogOutCEWeighted"]


class LogOutCE(nn.Module):
    """Cross-entropy of each positive of a position alone, against the rest of the catalogue.

    The item `negative_labels_ignore_index` is never a negative; a positive equal to
    `ignore_index` is no target. `weight` (1 + V,), `reduction` and `label_smoothing` are those of
    `torch.nn.CrossEntropyLoss` over the classes "positive" and "item v as a negative"; smoothing
    spreads over the classes that are there. `cardinality` is the number of items, padding left
    out. The loss of no targets is 0.
    """

    def __init__(
        self,
        cardinality: int,
        negative_labels_ignore_index: int = -100,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
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

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss of hidden states (B, L, D), averaged over labels.

        Reduction "none" gives the losses of the labels that count, in order. Raises ValueError if
        the model's catalogue has not `cardinality` items.
        """
        targets = select_targets(hidden_states, labels, self.ignore_index)
        return contrast_loss(
            PairCrossEntropy(self.weight, self.label_smoothing),
            targets,
            scorer,
            self.cardinality,
            self.negative_labels_ignore_index,
            self.reduction,
        )


class LogOutCEWeighted(nn.Module):
    """`LogOutCE`, each positive times a weight from the batch.

    The weights are those of the labels, or else the feature `feature_name`, (B, L, P) or (B, L).
    The sum is divided by the number of positives, or, with `normalize` "weights", by the sum of
    their weights, as in replay-rec 0.22.
    """

    def __init__(
        self,
        cardinality: int,
        feature_name: str,
        negative_labels_ignore_index: int = -100,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
        normalize: WeightNorm = "count",
    ):
        super().__init__()
        self.weight: Tensor | None
        self.register_buffer("weight", weight)
        self.cardinality = cardinality
        self.feature_name = feature_name
        self.negative_labels_ignore_index = negative_labels_ignore_index
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.normalize: WeightNorm = normalize

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss, as `LogOutCE`; ValueError where the labels lack the weights."""
        targets = select_targets(hidden_states, labels, self.ignore_index).weighted_by(
            labels, self.feature_name, self.normalize
        )
        return contrast_loss(
            PairCrossEntropy(self.weight, self.label_smoothing),
            targets,
            scorer,
            self.cardinality,
            self.negative_labels_ignore_index,
        )
