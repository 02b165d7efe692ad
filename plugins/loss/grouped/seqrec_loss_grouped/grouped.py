"""Sampled losses over groups of a batch, as if each group were a batch of its own.

Several small batches, packed into one, keep the losses and the negatives that they had: users
0 .. S-1 of the batch are the first group, the next S the second, and the last may be smaller.

Letters in shapes: B users, L positions, S users of a group, G groups, M positions with a target,
P positives of a position, N negatives, D dim.
"""

from dataclasses import replace

import torch
from seqrec_library_kernels.contrast import ContrastRule, PairCrossEntropy
from seqrec_library_kernels.draw_frequency import DrawLogs, LogQ, draw_logs
from seqrec_library_kernels.reference_call import takes_reference_call
from seqrec_library_kernels.sampled_loss import sampled_loss
from seqrec_library_kernels.targets import Targets, drawn_negatives, select_targets
from seqrec_loss_login.login import LogInRows
from torch import Tensor, nn

from seqrec_core.contracts import Labels, ScorerProto

__all__ = ["GroupedCESampled", "GroupedLogInCESampled"]


class GroupedCESampled(nn.Module):
    """`CESampled` of each group of `logical_batch_size` users, the mean over groups.

    Negatives are (G, N), one set a group, or any shape that `CESampled` takes. A group without
    target has no say; without any the loss is 0. `weight` (1 + N,) and `label_smoothing` are those
    of `torch.nn.CrossEntropyLoss`, `logq` is that of `CESampled`. `cardinality` changes nothing:
    the reference finds negatives that are positives in another way where it is there.
    """

    def __init__(
        self,
        logical_batch_size: int,
        cardinality: int | None = None,
        negative_labels_ignore_index: int = -100,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
        logq: LogQ = "none",
    ):
        super().__init__()
        self.weight: Tensor | None
        self.register_buffer("weight", weight)
        self.logical_batch_size = _checked(logical_batch_size)
        self.cardinality = cardinality
        self.negative_labels_ignore_index = negative_labels_ignore_index
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.logq: LogQ = logq

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss of hidden states (B, L, D) for positives (B, L, P).

        Raises ValueError for labels without negatives, or of another shape.
        """
        targets = select_targets(hidden_states, labels, self.ignore_index)
        shares = shares_of_groups(targets, self.logical_batch_size, targets.mask)
        if self.weight is not None:  # torch's mean divides by the class weights of targets
            shares = shares / self.weight[0].to(shares)
        return grouped_loss(
            PairCrossEntropy(self.weight, self.label_smoothing),
            replace(targets, weights=shares[:, None].expand_as(targets.mask)),
            drawn_negatives(self, labels),
            scorer,
            self.logical_batch_size,
            self.negative_labels_ignore_index,
            draw_logs(self, labels, self.logq),
        )


class GroupedLogInCESampled(nn.Module):
    """`LogInCESampled` of each group of `logical_batch_size` users, the mean over groups.

    Negatives are (G, N), one set a group, or any shape that `LogInCESampled` takes. A group without
    target has no say; without any the loss is 0. The other arguments are those of
    `LogInCESampled`.
    """

    def __init__(
        self,
        logical_batch_size: int,
        log_epsilon: float = 1e-6,
        clamp_border: float = 100.0,
        negative_labels_ignore_index: int = -100,
        logq: LogQ = "none",
    ):
        super().__init__()
        self.logical_batch_size = _checked(logical_batch_size)
        self.log_epsilon = log_epsilon
        self.clamp_border = clamp_border
        self.negative_labels_ignore_index = negative_labels_ignore_index
        self.logq: LogQ = logq

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss of hidden states (B, L, D) with positives (B, L, P).

        Raises ValueError for labels without negatives, or of another shape.
        """
        targets = select_targets(hidden_states, labels)
        each = targets.mask.any(-1, keepdim=True)  # positions count, however many positives
        return grouped_loss(
            LogInRows(self.log_epsilon, self.clamp_border),
            replace(targets, weights=shares_of_groups(targets, self.logical_batch_size, each)),
            drawn_negatives(self, labels),
            scorer,
            self.logical_batch_size,
            self.negative_labels_ignore_index,
            draw_logs(self, labels, self.logq),
        )


def shares_of_groups(targets: Targets, size: int, mask: Tensor) -> Tensor:
    """Return what each target (M,) counts in a mean over groups of `size` users of their means.

    `mask` (M, ...) is True at what a group's own mean is over. The mean is over the groups that
    have any of it.
    """
    users = targets.index // targets.shape[1]
    groups, group = torch.unique_consecutive(users // size, return_inverse=True)
    exact = torch.promote_types(targets.hidden.dtype, torch.float32)
    counts = torch.zeros(len(groups), dtype=exact, device=users.device)
    counts.index_add_(0, group, mask.flatten(1).sum(-1).to(exact))
    return 1 / (counts[group] * max(len(groups), 1))


def grouped_loss(
    rule: ContrastRule,
    targets: Targets,
    negatives: Tensor,
    scorer: ScorerProto,
    size: int,
    ignore_index: int,
    lowered: DrawLogs,
) -> Tensor:
    """Return the sum of losses times the weights of the targets; see `sampled_loss`.

    Negatives may also be (G, N), one set for each group of `size` users.
    """
    users, length = targets.shape
    num_groups = -(-users // size)
    by_group = negatives.dim() == 2 and negatives.size(0) == num_groups != users
    if by_group:  # to the kernel, a group is one user with the positions of all
        targets = replace(targets, shape=(num_groups, size * length))
    elif negatives.dim() == 2 and negatives.size(0) != users:
        raise ValueError(
            f"negative labels of shape {tuple(negatives.shape)} do not fit {num_groups} groups of "
            f"{size} users, {users} together; give ({num_groups}, N), (N,), ({users}, N) or "
            f"({users}, {length}, N)"
        )
    return sampled_loss(
        rule, targets, negatives, scorer, ignore_index, reduction="sum", lowered=lowered
    )


def _checked(size: int) -> int:
    """The size of a group; ValueError for one below 1."""
    if size < 1:
        raise ValueError(f"logical_batch_size is {size}; a group has at least 1 user")
    return size
