"""Ranking metrics over the batches of an evaluation, for whatever trainer runs it."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from rich.console import Console
from seqrec_library_kernels.ranking import recommend
from seqrec_library_kernels.unwrap import unwrap
from torch import Tensor

from seqrec_callback_metrics.beside_candidates import BesideCandidates
from seqrec_callback_metrics.cold import ColdTally
from seqrec_callback_metrics.table import metrics_table
from seqrec_callback_metrics.taken_out import TakenOut, watched
from seqrec_callback_metrics.tally import METRICS, MetricTally
from seqrec_callback_metrics.target_sets import distinct_targets
from seqrec_callback_metrics.unusable import Unusable
from seqrec_core.contracts import Batch, InferenceOutput, PostprocessorProto
from seqrec_core.errors import DataError

__all__ = ["RankingMetrics"]


class RankingMetrics:
    """Computes ranking metrics such as `ndcg@10`, means over all users of all processes.

    Every user's candidates are ranked, by default the whole catalogue: those that the batch holds
    as `candidates_to_score`, (C,) or (B, C), each user's own with negative ids as padding. True
    items that are not among them count as misses; `beside_candidates` counts them.

    `metrics`: recall, precision, ndcg, map, mrr, hitrate, novelty, coverage (default map, ndcg,
    recall), at the cut-offs `ks` (default 1, 5, 10, 20); formulas.py defines them, ties included.
    What is ranked is exactly what is recommended with the same `postprocessors`. True items that
    they take out count as misses; `taken_out` counts them, and where that is all of them there is
    nothing to measure.

    The batch holds true items (B, P) as `ground_truth_column` and, for novelty and coverage, the
    user's train items (B, T) as `train_column`. Ids outside 0..item_count - 1 are padding, where
    `item_count` is by default the number of logits; coverage, and true items beside candidates,
    need it. Repeated true items count once, users without any are left out and counted. Coverage
    is the share of the train items that were recommended to somebody.

    `train_counts` (V,), the training events of each item, add the metrics of cold targets, those
    without any, by themselves: `cold_recall@10` and so on, means over the users who have one.
    """

    def __init__(
        self,
        metrics: Sequence[str] | None = None,
        ks: Sequence[int] | None = None,
        postprocessors: Sequence[PostprocessorProto] | None = None,
        item_count: int | None = None,
        ground_truth_column: str = "ground_truth",
        train_column: str = "train",
        print_table: bool = False,
        train_counts: Tensor | None = None,
    ) -> None:
        self.metrics = tuple(dict.fromkeys(metrics or ("map", "ndcg", "recall")))
        self.ks = tuple(sorted(set(ks or (1, 5, 10, 20))))
        unknown = [name for name in self.metrics if name not in METRICS]
        if unknown:
            raise ValueError(f"unknown metrics {unknown}; choose among {', '.join(METRICS)}")
        if self.ks[0] < 1:
            raise ValueError(f"ks must be at least 1, got {list(self.ks)}")
        if "coverage" in self.metrics and item_count is None:
            raise ValueError("coverage needs item_count, the number of items in the catalogue")
        self.postprocessors = tuple(postprocessors or ())
        self.item_count = item_count
        self.ground_truth_column = ground_truth_column
        self.train_column = train_column
        self.print_table = print_table
        self.train_counts = train_counts
        self._needs_train = bool({"novelty", "coverage"} & set(self.metrics))
        self._said: set[tuple[int, int]] = set()  # true items about which `report` has spoken
        self._said_beside: set[tuple[int, int]] = set()
        self._said_unusable: set[tuple[int, int, int]] = set()
        self.reset(torch.device("cpu"))

    def reset(self, device: torch.device) -> None:
        """Starts from nothing, with sums on this device."""
        self._tally = MetricTally(self.metrics, self.ks, device, self.item_count)
        self._cold = (
            None
            if self.train_counts is None
            else ColdTally(self.train_counts, self.metrics, self.ks, device)
        )
        self._taken_out = TakenOut(device)
        self._beside = BesideCandidates(device)
        self._unusable = Unusable(device)

    def update(self, batch: Batch, output: InferenceOutput | Mapping[str, Any]) -> None:
        """Ranks the batch and adds it; nothing waits for the device."""
        truth = _column(batch, self.ground_truth_column)
        train = _column(batch, self.train_column) if self._needs_train else None
        if batch.get("candidates_to_score") is not None and self.item_count is None:
            raise ValueError(
                "with candidates_to_score the logits do not tell which true items are padding; "
                "give item_count, the number of items in the catalogue"
            )
        catalogue = self.item_count or output["logits"].shape[1]
        targets = distinct_targets(truth, catalogue)
        postprocessors = watched(self.postprocessors, targets)
        top = recommend(
            output,
            batch,
            self._tally.depth + 1,
            stage="on_validation",
            postprocessors=postprocessors,
        )
        self._tally.add(top, targets, train)
        if self._cold is not None:
            self._cold.add(top, targets, train)
        self._taken_out.add(targets, postprocessors)
        self._beside.add(targets, batch.get("candidates_to_score"))
        self._unusable.add(truth, targets, catalogue, batch.get("padding_mask"))

    def merge(self, total: Callable[[Tensor], Tensor]) -> None:
        """Adds up the processes of a run: `total(tensor)` is a tensor's sum over all of them."""
        self._tally.merge(total)
        if self._cold is not None:
            self._cold.merge(total)
        self._taken_out.merge(total)
        self._beside.merge(total)
        self._unusable.merge(total)

    def compute(self) -> dict[str, float]:
        """Values by name, such as "ndcg@10"; NaN, and a warning, where nobody had a target.

        The first process of a run warns, and prints the table where it is asked for. Raises
        DataError where the postprocessors take out all true items, or no candidate is one.
        """
        self.check()
        if _is_first_process():
            self.report("metrics")
        return self.values()

    def values(self) -> dict[str, float]:
        """What `compute` returns, without a word."""
        return self._tally.compute() | ({} if self._cold is None else self._cold.compute())

    def users(self) -> tuple[int, int]:
        """Numbers of users with true items and without."""
        return self._tally.users()

    def taken_out(self) -> tuple[int, int]:
        """Numbers of true items that the postprocessors take out, and of all."""
        return self._taken_out.counts()

    def beside_candidates(self) -> tuple[int, int]:
        """Numbers of true items that are not among the candidates, and of all."""
        return self._beside.counts()

    def unusable(self) -> tuple[int, int, int]:
        """Numbers of true items outside the catalogue, of users without any, without history."""
        return self._unusable.counts()

    def check(self, title: str = "metrics") -> None:
        """Raises DataError where postprocessors take out all true items, or no candidate is one."""
        beside, every = self.beside_candidates()
        if beside and beside == every:
            raise DataError(
                f"{title}: none of {every} true items is among the candidates, so there is nothing "
                "to measure; name true items among the candidates"
            )
        taken, every = self.taken_out()
        if taken and taken == every:
            raise DataError(
                f"{title}: {self._postprocessors_named} take out all {every} true items before "
                "anything is ranked, so there is nothing to measure; keep them by --set "
                "postprocessors=[], if users may choose such items again"
            )

    def report(self, title: str) -> None:
        """Warns of what could not be judged, and prints the table where it is asked for.

        Of what the data lacks, and of true items that are taken out, or are no candidates, it warns
        once, however often the same ones are ranked.
        """
        judged, left_out = self.users()
        if not judged:
            warnings.warn(
                f"{title}: none of {left_out} users has a true item inside the catalogue, so the "
                f"metrics are NaN; look at the column {self.ground_truth_column!r}",
                stacklevel=2,
            )
        taken, every = self.taken_out()
        if taken and self._taken_out.key not in self._said:
            self._said.add(self._taken_out.key)
            warnings.warn(
                f"{title}: {self._postprocessors_named} take out {taken} of {every} true items "
                "before anything is ranked, so that those count as misses; if users may choose "
                "such items again, keep them by --set postprocessors=[]",
                stacklevel=2,
            )
        beside, every = self.beside_candidates()
        if beside and (beside, every) not in self._said_beside:
            self._said_beside.add((beside, every))
            warnings.warn(
                f"{title}: {beside} of {every} true items are not among the candidates, so that "
                "those count as misses; name them among the candidates, unless that is wanted",
                stacklevel=2,
            )
        counts = self.unusable()
        if judged and any(counts) and counts not in self._said_unusable:
            self._said_unusable.add(counts)
            for line in self._unusable.lines(judged, self.ground_truth_column):
                warnings.warn(f"{title}: {line}", stacklevel=2)
        if self.print_table:
            left = f", {left_out} without ground truth left out" if left_out else ""
            Console().print(metrics_table(self.values(), title, f"{judged} users{left}"))

    @property
    def _postprocessors_named(self) -> str:
        names = dict.fromkeys(type(unwrap(each)).__name__ for each in self.postprocessors)
        return f"the postprocessors ({', '.join(names)})"


def _column(batch: Batch, name: str) -> Tensor:
    """A column of the batch; KeyError says which ones there are."""
    if name not in batch:
        raise KeyError(
            f"metrics need the column {name!r}, the batch has only {sorted(batch)}; read it in "
            "this split, or name another one as ground_truth_column or train_column"
        )
    column: Tensor = batch[name]
    return column


def _is_first_process() -> bool:
    distributed = torch.distributed
    return not (distributed.is_available() and distributed.is_initialized()) or (
        distributed.get_rank() == 0
    )
