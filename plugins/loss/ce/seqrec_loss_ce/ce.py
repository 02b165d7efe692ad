"""Cross-entropy of the next item, against the whole catalogue or against drawn negatives.

A loss gets the hidden states of a batch, the labels, and a scorer, which holds the item table and
the head of the model. `select_targets` picks the positions that have a target; the rest is a kernel
that many losses share and that never holds the logits of all positions. `takes_reference_call` lets
a loss also take its labels one by one, as the reference does.

Letters in shapes: B users, L positions, D dim, P positives of a position, N negatives, V items.
"""

from seqrec_library_kernels.contrast import PairCrossEntropy
from seqrec_library_kernels.cross_entropy import Backend, Reduction, catalogue_cross_entropy
from seqrec_library_kernels.draw_frequency import LogQ, draw_logs
from seqrec_library_kernels.reference_call import takes_reference_call
from seqrec_library_kernels.sampled_loss import sampled_loss
from seqrec_library_kernels.targets import drawn_negatives, select_targets
from torch import Tensor, nn

from seqrec_core.contracts import Labels, ScorerProto

__all__ = ["CE", "CESampled"]


class CE(nn.Module):
    """Cross-entropy over the whole catalogue, as `torch.nn.CrossEntropyLoss` over all logits.

    `weight` (V,) weighs items; a label equal to `ignore_index` is no target. The loss of no
    targets is 0. `backend` "chunked" holds the logits of as many rows as fit the cache; "torch"
    and "linear_cross_entropy" are torch's own ways, to compare with.
    """

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

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss of hidden states (B, L, D) for positives (B, L, 1).

        Reduction "none" gives (B*L,), 0 where nothing counts. Raises NotImplementedError for
        several positives.
        """
        targets = select_targets(hidden_states, labels, self.ignore_index, several=False)
        return catalogue_cross_entropy(
            targets, scorer, self.weight, self.label_smoothing, self.backend, self.reduction
        )


class CESampled(nn.Module):
    """Cross-entropy of each positive against the negatives that were drawn.

    A negative that is one of the position's own positives, or equals
    `negative_labels_ignore_index`, is left out. A positive equal to `ignore_index` is no target.
    `weight` (1 + N,), `reduction` and `label_smoothing` are those of `torch.nn.CrossEntropyLoss`
    over the classes "positive" and "negative n".

    With `logq` "negatives" the logits of negatives are first lowered by the logarithm of how often
    each is expected among them, so that they stand for the whole catalogue however they are drawn
    (arXiv:2507.09331); with "both" those of positives too (Yi et al., RecSys 2019).
    """

    def __init__(
        self,
        negative_labels_ignore_index: int = -100,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
        logq: LogQ = "none",
    ):
        super().__init__()
        self.weight: Tensor | None
        self.register_buffer("weight", weight)
        self.negative_labels_ignore_index = negative_labels_ignore_index
        self.ignore_index = ignore_index
        self.reduction = reduction
        self.label_smoothing = label_smoothing
        self.logq: LogQ = logq

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss of hidden states (B, L, D) for positives (B, L, P).

        Reduction "none" gives the losses of the labels that count, in order. Raises ValueError
        for labels without negatives, or without what `logq` asks for.
        """
        targets = select_targets(hidden_states, labels, self.ignore_index)
        return sampled_loss(
            PairCrossEntropy(self.weight, self.label_smoothing),
            targets,
            drawn_negatives(self, labels),
            scorer,
            self.negative_labels_ignore_index,
            self.reduction,
            draw_logs(self, labels, self.logq),
        )
