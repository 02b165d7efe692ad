"""The callback that computes ranking metrics in validation and test."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from rich.console import Console
from seqrec_library_kernels.ranking import recommend
from seqrec_library_kernels.scorer import check_item_columns
from torch import Tensor

from seqrec_callback_metrics.table import metrics_table
from seqrec_callback_metrics.tally import METRICS, MetricTally
from seqrec_core.contracts import PostprocessorProto

__all__ = ["ComputeMetricsCallback"]


class ComputeMetricsCallback(Callback):
    """Computes ranking metrics such as `ndcg@10` in validation and test, and logs them.

    Every user's candidates are ranked, by default the whole catalogue; a metric is the mean over
    all users of all processes. With several dataloaders its name is `ndcg@10/dataloader_idx_0`.

    `metrics`: recall, precision, ndcg, map, mrr, hitrate, novelty, coverage (default map, ndcg,
    recall), at the cut-offs `ks` (default 1, 5, 10, 20); formulas.py defines them, ties included.
    What is ranked is exactly what the top-items callbacks return with the same `postprocessors`.

    The batch holds true items (B, P) as `ground_truth_column` and, for novelty and coverage, the
    user's train items (B, T) as `train_column`. Ids outside 0..item_count - 1 are padding, where
    `item_count` is by default the number of logits; coverage, and true items beside candidates,
    need it. Repeated true items count once, users without any are left out and counted. Coverage
    is the share of the train items that were recommended to somebody.

    `history` keeps every epoch, through checkpoints too: epoch, step, stage, users,
    users_without_ground_truth and the metrics.
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
        self.history: list[dict[str, Any]] = []
        self._needs_train = bool({"novelty", "coverage"} & set(self.metrics))
        self._tallies: list[MetricTally] = []

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Raises ValueError for a model whose logits have columns that are not item ids."""
        check_item_columns(pl_module)

    def on_validation_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts from zero."""
        self._start(len(trainer.num_val_batches), pl_module)

    def on_test_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts from zero."""
        self._start(len(trainer.num_test_batches), pl_module)

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Mapping[str, Any],
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Adds a batch."""
        self._add(pl_module, outputs, batch, dataloader_idx)

    def on_test_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Mapping[str, Any],
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Adds a batch."""
        self._add(pl_module, outputs, batch, dataloader_idx)

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Logs, records and prints the metrics."""
        self._finish("validate", trainer, pl_module)

    def on_test_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Logs, records and prints the metrics."""
        self._finish("test", trainer, pl_module)

    @property
    def state_key(self) -> str:
        """Tells apart the states of several such callbacks in one checkpoint."""
        settings = {
            "metrics": self.metrics,
            "ks": self.ks,
            "ground_truth_column": self.ground_truth_column,
            "postprocessors": tuple(type(each).__name__ for each in self.postprocessors),
        }
        return f"{type(self).__qualname__}{settings!r}"

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps: the history."""
        return {"history": self.history}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on with the history of a checkpoint."""
        self.history = list(state_dict["history"])

    def _start(self, dataloaders: int, pl_module: LightningModule) -> None:
        """Empty tallies, one for each dataloader."""
        self._tallies = [
            MetricTally(self.metrics, self.ks, pl_module.device, self.item_count)
            for _ in range(dataloaders)
        ]

    def _add(
        self,
        pl_module: LightningModule,
        outputs: Mapping[str, Any],
        batch: Mapping[str, Any],
        dataloader_idx: int,
    ) -> None:
        """Ranks the batch and adds it to the tally of its dataloader."""
        truth = self._column(batch, self.ground_truth_column)
        train = self._column(batch, self.train_column) if self._needs_train else None
        candidates = batch.get(
            "candidates_to_score", getattr(pl_module, "candidates_to_score", None)
        )
        if candidates is not None and self.item_count is None:
            raise ValueError(
                "with candidates_to_score the logits do not tell which true items are padding; "
                "give ComputeMetricsCallback item_count, the number of items in the catalogue"
            )
        tally = self._tallies[dataloader_idx]
        top = recommend(
            outputs,
            batch,
            tally.depth + 1,
            stage="on_validation",
            postprocessors=self.postprocessors,
            candidates=candidates,
        )
        tally.add(top, truth, train, self.item_count or outputs["logits"].shape[1])

    def _column(self, batch: Mapping[str, Any], name: str) -> Tensor:
        """A column of the batch; KeyError says which ones there are."""
        if name not in batch:
            raise KeyError(
                f"metrics need the column {name!r}, the batch has only {sorted(batch)}; read it in "
                "this split, or name another one as ground_truth_column or train_column"
            )
        column: Tensor = batch[name]
        return column

    def _finish(self, stage: str, trainer: Trainer, pl_module: LightningModule) -> None:
        """Adds up the processes, logs the metrics and puts them into the history."""
        epoch, step = trainer.current_epoch, trainer.global_step
        record: dict[str, Any] = {"epoch": epoch, "step": step, "stage": stage}
        for index, tally in enumerate(self._tallies):
            tally.reduce(trainer.strategy.reduce)
            suffix = f"/dataloader_idx_{index}" if len(self._tallies) > 1 else ""
            values = tally.compute()
            judged, left_out = tally.users()
            named = {name + suffix: value for name, value in values.items()}
            pl_module.log_dict(
                named, batch_size=1, sync_dist=trainer.world_size > 1, add_dataloader_idx=False
            )
            record[f"users{suffix}"] = judged
            record[f"users_without_ground_truth{suffix}"] = left_out
            record.update(named)
            if trainer.is_global_zero and not trainer.sanity_checking:
                self._report(f"{stage}, epoch {epoch}{suffix}", tally)
        if not trainer.sanity_checking:
            self.history.append(record)

    def _report(self, title: str, tally: MetricTally) -> None:
        """Warns where nobody could be judged, and prints the table where it is asked for."""
        judged, left_out = tally.users()
        if not judged:
            warnings.warn(
                f"{title}: none of {left_out} users has a true item inside the catalogue, so the "
                f"metrics are NaN; look at the column {self.ground_truth_column!r}",
                stacklevel=2,
            )
        if self.print_table:
            left = f", {left_out} without ground truth left out" if left_out else ""
            Console().print(metrics_table(tally.compute(), title, f"{judged} users{left}"))
