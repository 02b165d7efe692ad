"""The callback that computes ranking metrics in validation and test of any `lightning.Trainer`."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from seqrec_library_kernels.ranking import with_candidates
from seqrec_library_kernels.scorer import check_item_columns
from torch import Tensor

from seqrec_callback_metrics.ranking_metrics import RankingMetrics
from seqrec_core.contracts import PostprocessorProto, ScoresCandidates, Scoring

__all__ = ["ComputeMetricsCallback"]


class ComputeMetricsCallback(Callback):
    """Computes the metrics of `RankingMetrics`, whose arguments it takes, and logs them.

    It needs Lightning: `pip install seqrec-callback-metrics[lightning]`.
    With several dataloaders a name is `ndcg@10/dataloader_idx_0`. Candidates of the module, those
    of its `scored_candidates()`, are ranked where a batch has none.

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
        self.ranking = RankingMetrics(
            metrics, ks, postprocessors, item_count, ground_truth_column, train_column, print_table
        )
        self.history: list[dict[str, Any]] = []
        self._dataloaders: list[RankingMetrics] = []

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Raises ValueError for a model whose logits have columns that are not item ids."""
        scoring = (module for module in pl_module.modules() if isinstance(module, Scoring))
        check_item_columns(next(scoring, None))

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
            "metrics": self.ranking.metrics,
            "ks": self.ranking.ks,
            "ground_truth_column": self.ranking.ground_truth_column,
            "postprocessors": tuple(type(each).__name__ for each in self.ranking.postprocessors),
        }
        return f"{type(self).__qualname__}{settings!r}"

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps: the history."""
        return {"history": self.history}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on with the history of a checkpoint."""
        self.history = list(state_dict["history"])

    def _start(self, dataloaders: int, pl_module: LightningModule) -> None:
        """Metrics that start from zero, one for each dataloader."""
        self._dataloaders = [copy(self.ranking) for _ in range(dataloaders)]
        for ranking in self._dataloaders:
            ranking.reset(pl_module.device)

    def _add(
        self,
        pl_module: LightningModule,
        outputs: Mapping[str, Any],
        batch: Mapping[str, Any],
        dataloader_idx: int,
    ) -> None:
        """Adds the batch, with the candidates of the module, to the metrics of its dataloader."""
        if isinstance(pl_module, ScoresCandidates):
            batch = with_candidates(batch, pl_module.scored_candidates())
        self._dataloaders[dataloader_idx].update(batch, outputs)

    def _finish(self, stage: str, trainer: Trainer, pl_module: LightningModule) -> None:
        """Adds up the processes, logs the metrics and puts them into the history."""

        def total(tensor: Tensor) -> Tensor:
            summed: Tensor = trainer.strategy.reduce(tensor, reduce_op="sum")
            return summed

        epoch, step = trainer.current_epoch, trainer.global_step
        record: dict[str, Any] = {"epoch": epoch, "step": step, "stage": stage}
        for index, ranking in enumerate(self._dataloaders):
            ranking.merge(total)
            suffix = f"/dataloader_idx_{index}" if len(self._dataloaders) > 1 else ""
            if not trainer.sanity_checking:
                ranking.check(f"{stage}{suffix}")
            judged, left_out = ranking.users()
            named = {name + suffix: value for name, value in ranking.values().items()}
            pl_module.log_dict(
                named, batch_size=1, sync_dist=trainer.world_size > 1, add_dataloader_idx=False
            )
            record[f"users{suffix}"] = judged
            record[f"users_without_ground_truth{suffix}"] = left_out
            record.update(named)
            if trainer.is_global_zero and not trainer.sanity_checking:
                ranking.report(f"{stage}, epoch {epoch}{suffix}")
        if not trainer.sanity_checking:
            self.history.append(record)
