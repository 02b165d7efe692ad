"""What measures and writes for any trainer, as callbacks of Lightning."""

from collections.abc import Sequence
from typing import Any

import lightning
from seqrec_library_kernels.ranking import with_candidates
from seqrec_library_kernels.scorer import check_item_columns
from seqrec_library_kernels.unwrap import unwrap
from seqrec_library_sharding.sharded_table import answer_others
from torch import Tensor

from seqrec_core.contracts import Batch, InferenceOutput, MetricProto, WriterProto
from seqrec_core.errors import DataError, SeqrecError
from seqrec_trainer_lightning.lightning_module import LightningModule


class Measured(lightning.Callback):
    """Logs what metrics measure in validation and test, added up over processes.

    With several dataloaders a name is `ndcg@10/dataloader_idx_0`: each of them is measured from
    nothing on, one after the other.
    """

    def __init__(self, metrics: Sequence[MetricProto]) -> None:
        self.metrics = metrics
        self._loader = self._loaders = 0
        self._values: dict[str, float] = {}

    def setup(self, trainer: lightning.Trainer, pl_module: Any, stage: str) -> None:
        """Raises ValueError for a model whose logits have columns that are not item ids."""
        if self.metrics:
            check_item_columns(pl_module.model)

    def on_validation_epoch_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Starts from nothing."""
        self._begin(pl_module, len(trainer.num_val_batches))

    def on_test_epoch_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Starts from nothing."""
        self._begin(pl_module, len(trainer.num_test_batches))

    def on_validation_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: Any,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Adds a batch."""
        self._add(trainer, pl_module, outputs, batch, dataloader_idx)

    on_test_batch_end = on_validation_batch_end

    def on_validation_epoch_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Logs what was measured."""
        self._end(trainer, pl_module)

    on_test_epoch_end = on_validation_epoch_end

    def _begin(self, module: LightningModule, loaders: int) -> None:
        self._loader, self._loaders, self._values = 0, loaders, {}
        self._reset(module)

    def _reset(self, module: LightningModule) -> None:
        for metric in self.metrics:
            metric.reset(module.device)

    def _add(
        self,
        trainer: lightning.Trainer,
        module: LightningModule,
        output: InferenceOutput,
        batch: Batch,
        loader: int,
    ) -> None:
        while self._loader < loader:  # all processes do so in this order, those without rows late
            self._finish(trainer, module)
        batch = with_candidates(batch, module.scored_candidates())
        for metric in self.metrics:
            metric.update(batch, output)

    def _finish(self, trainer: lightning.Trainer, module: LightningModule) -> None:
        """Takes the values of a loader, and goes on to the next."""
        answer_others(unwrap(module.model))

        def total(tensor: Tensor) -> Tensor:
            summed: Tensor = trainer.strategy.reduce(tensor, reduce_op="sum")
            return summed

        suffix = f"/dataloader_idx_{self._loader}" if self._loaders > 1 else ""
        for metric in self.metrics:
            metric.merge(total)
            try:
                measured = metric.compute()
            except DataError as cause:
                raise DataError(f"{'test' if trainer.testing else 'validate'}: {cause}") from cause
            values = {name + suffix: value for name, value in measured.items()}
            if twice := sorted(values.keys() & self._values.keys()):
                raise SeqrecError(
                    f"trainer.metrics and trainer.callbacks measure {twice[0]!r} twice; leave one "
                    "of them out"
                )
            self._values |= values
        self._loader += 1
        self._reset(module)

    def _end(self, trainer: lightning.Trainer, module: LightningModule) -> None:
        while self._loader < self._loaders:
            self._finish(trainer, module)
        several = trainer.world_size > 1
        module.log_dict(self._values, batch_size=1, sync_dist=several, add_dataloader_idx=False)


class Written(lightning.Callback):
    """Hands the batches of a prediction run to writers."""

    def __init__(self, writers: Sequence[WriterProto]) -> None:
        self.writers = writers

    def setup(self, trainer: lightning.Trainer, pl_module: Any, stage: str) -> None:
        """Raises ValueError for a model whose logits have columns that are not item ids."""
        if self.writers:
            check_item_columns(pl_module.model)

    def on_predict_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: Any,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Hands over a batch."""
        batch = with_candidates(batch, pl_module.scored_candidates())
        for writer in self.writers:
            writer.update(batch, outputs)
