"""Cross-entropy whose targets have weights of their own, given with the batch."""

from seqrec_library_kernels.contrast import PairCrossEntropy
from seqrec_library_kernels.cross_entropy import Backend, catalogue_cross_entropy
from seqrec_library_kernels.draw_frequency import LogQ, draw_logs
from seqrec_library_kernels.reference_call import takes_reference_call
from seqrec_library_kernels.sampled_loss import sampled_loss
from seqrec_library_kernels.targets import WeightNorm, drawn_negatives, select_targets
from torch import Tensor, nn

from seqrec_core.contracts import Labels, ScorerProto

__all__ = ["CESampledWeighted", "CEWeighted"]


class CEWeighted(nn.Module):
    """`CE`, each target times a weight from the batch.

    The weights are those of the labels, or else the feature `feature_name`, (B, L, 1) or (B, L).
    The sum is divided by the number of targets, or, with `normalize` "weights", by the sum of
    their weights, as in replay-rec 0.22; 0.21 multiplies every weight with every loss instead.
    """

    def __init__(
        self,
        feature_name: str,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
        backend: Backend = "chunked",
        normalize: WeightNorm = "count",
    ):
        super().__init__()
        self.weight: Tensor | None
        self.register_buffer("weight", weight)
        self.feature_name = feature_name
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.backend = backend
        self.normalize: WeightNorm = normalize

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss, as `CE`; ValueError where the labels lack the weights."""
        targets = select_targets(
            hidden_states, labels, self.ignore_index, several=False
        ).weighted_by(labels, self.feature_name, self.normalize)
        return catalogue_cross_entropy(
            targets, scorer, self.weight, self.label_smoothing, self.backend
        )


class CESampledWeighted(nn.Module):
    """`CESampled`, each positive times a weight from the batch.

    The weights are those of the labels, or else the feature `feature_name`, (B, L, P) or (B, L).
    The sum is divided by the number of positives, or, with `normalize` "weights", by the sum of
    their weights, as in replay-rec 0.22. `logq` is that of `CESampled`.
    """

    def __init__(
        self,
        feature_name: str,
        negative_labels_ignore_index: int = -100,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
        logq: LogQ = "none",
        normalize: WeightNorm = "count",
    ):
        super().__init__()
        self.weight: Tensor | None
        self.register_buffer("weight", weight)
        self.feature_name = feature_name
        self.negative_labels_ignore_index = negative_labels_ignore_index
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.logq: LogQ = logq
        self.normalize: WeightNorm = normalize

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss, as `CESampled`; ValueError for labels without weights or negatives."""
        targets = select_targets(hidden_states, labels, self.ignore_index).weighted_by(
            labels, self.feature_name, self.normalize
        )
        rule = PairCrossEntropy(self.weight, self.label_smoothing)
        return sampled_loss(
            rule,
            targets,
            drawn_negatives(self, labels),
            scorer,
            self.negative_labels_ignore_index,
            lowered=draw_logs(self, labels, self.logq),
        )
