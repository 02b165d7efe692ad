"""What all Lightning callbacks that collect recommendations share."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from seqrec_library_kernels.ranking import with_candidates
from seqrec_library_kernels.scorer import check_item_columns

from seqrec_callback_top_items.collector import TopItemsCollector
from seqrec_core.contracts import InferenceOutput, ScoresCandidates, Scoring

__all__ = ["TopItemsCallbackBase"]

ResultT = TypeVar("ResultT")


class TopItemsCallbackBase(Callback, Generic[ResultT]):
    """Hands the batches of a prediction run to a collector.

    Candidates of the module, those of its `scored_candidates()`, are ranked where a batch has
    none.
    """

    def __init__(self, collector: TopItemsCollector[ResultT]) -> None:
        self.collector = collector

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Raises ValueError for a model whose logits have columns that are not item ids."""
        scoring = (module for module in pl_module.modules() if isinstance(module, Scoring))
        check_item_columns(next(scoring, None))

    def on_predict_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Forgets an earlier run."""
        self.collector.reset()

    def on_predict_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: InferenceOutput,
        batch: Mapping[str, Any],
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Keeps the best items of one batch, on the device where they are."""
        if isinstance(pl_module, ScoresCandidates):
            batch = with_candidates(batch, pl_module.scored_candidates())
        self.collector.update(batch, outputs)

    def get_result(self) -> ResultT:
        """Recommendations of the last prediction run; RuntimeError if there was none."""
        return self.collector.get_result()
