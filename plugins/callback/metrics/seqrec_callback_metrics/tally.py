"""Sums and counts of ranking metrics that batches add to and processes add up.

Letters in shapes: B users, K places (the largest cut-off), P targets, T train items.
"""

from collections.abc import Callable, Sequence

import torch
from seqrec_library_kernels.ranking import TopItems, tied_ranks
from torch import Tensor

from seqrec_callback_metrics.coverage import CoverageTally
from seqrec_callback_metrics.formulas import FORMULAS, RankedUsers
from seqrec_callback_metrics.target_sets import NO_TARGET, contains

__all__ = ["METRICS", "MetricTally"]

METRICS = (*FORMULAS, "coverage")


class MetricTally:
    """Metrics of one dataloader; nothing here waits for the device before `compute`.

    Users without targets are left out of every metric, and counted.
    """

    def __init__(
        self,
        metrics: Sequence[str],
        ks: Sequence[int],
        device: torch.device,
        item_count: int | None = None,
    ) -> None:
        self.depth = max(ks)
        self._metrics = tuple(metrics)
        self._means = [name for name in metrics if name in FORMULAS]
        self._ks = tuple(ks)
        self._cutoffs = torch.tensor(ks, device=device)
        self._real = torch.float32 if device.type == "mps" else torch.float64
        places = torch.arange(1, self.depth + 1, device=device, dtype=self._real)
        self._ideal_dcg = torch.log2(places + 1).reciprocal().cumsum(0)
        self._sums = torch.zeros(len(self._means), len(ks), device=device, dtype=self._real)
        self._users = torch.zeros(2, device=device, dtype=torch.int64)  # with targets, without
        self._coverage = None
        if "coverage" in metrics and item_count is not None:
            self._coverage = CoverageTally(item_count, self.depth, device)

    def add(self, top: TopItems, targets: Tensor, train: Tensor | None) -> None:
        """Adds a batch: its best K + 1 items, `distinct_targets` (B, P) and train items (B, T)."""
        items = top.items[:, : self.depth]
        if train is None:
            train = items.new_empty(len(items), 0)
        counts = (targets != NO_TARGET).sum(1, keepdim=True)
        judged = counts > 0
        users = RankedUsers(
            hits=contains(targets, items).to(self._real),
            ranks=tied_ranks(top.scores)[:, : self.depth].to(self._real),
            novel=((items >= 0) & ~contains(train, items)).to(self._real),
            targets=counts.clamp(min=1),
            ks=self._cutoffs,
            ideal_dcg=self._ideal_dcg,
        )
        for row, name in enumerate(self._means):
            self._sums[row] += (FORMULAS[name](users) * judged).sum(0)
        self._users += torch.stack([judged.sum(), (~judged).sum()])
        if self._coverage is not None:
            self._coverage.add(items.masked_fill(~judged, -1), train)

    def merge(self, total: Callable[[Tensor], Tensor]) -> None:
        """Adds up all processes: `total` sums a tensor over them."""
        self._sums = total(self._sums)
        self._users = total(self._users)
        if self._coverage is not None:
            self._coverage.merge(total, self._ks)

    def compute(self) -> dict[str, float]:
        """Values by name, such as "ndcg@10"; NaN where nobody had a target."""
        values = dict(zip(self._means, (self._sums / self._users[0]).tolist(), strict=True))
        if self._coverage is not None:
            values["coverage"] = self._coverage.compute(self._ks)
        return {
            f"{name}@{k}": value
            for name in self._metrics
            for k, value in zip(self._ks, values[name], strict=True)
        }

    def users(self) -> tuple[int, int]:
        """Numbers of users with targets and without."""
        judged, left_out = self._users.tolist()
        return judged, left_out
