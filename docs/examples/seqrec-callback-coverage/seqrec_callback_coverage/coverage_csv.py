"""A callback of Lightning that watches how much of the catalogue is recommended."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback
from seqrec_core.contracts import PostprocessorProto

__all__ = ["CoverageCsv"]


class CoverageCsv(Callback):
    """Counts the items that stand in anybody's list of the k best, once a validation epoch.

    Each epoch adds a row to `path`, in the folder of the run: epoch from 1, items, and coverage,
    their share of the catalogue. A model that serves everybody the same best-sellers shows here,
    where its ranking metrics may still look good.
    """

    def __init__(
        self,
        path: str,
        k: int,
        postprocessors: Sequence[PostprocessorProto],
        cardinality: int,
    ):
        self.path = path
        self.k = k
        self.postprocessors = tuple(postprocessors)
        self.rows: list[dict[str, float]] = []
        self._recommended = torch.zeros(cardinality, dtype=torch.bool)

    def on_validation_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Starts from nothing."""
        self._recommended = torch.zeros_like(self._recommended, device=pl_module.device)

    def on_validation_batch_end(
        self,
        trainer: Any,
        pl_module: Any,
        outputs: Any,
        batch: Mapping[str, Any],
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Adds the lists of a batch, from logits (B, V); what a filter drops is in no list."""
        logits = outputs["logits"]
        for postprocessor in self.postprocessors:
            logits = postprocessor.on_validation(batch, logits)
        scores, items = logits.topk(min(self.k, logits.size(1)))
        self._recommended[items[scores > -torch.inf]] = True

    def on_validation_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Writes the file anew, with a row more; several processes make one union."""
        everywhere = trainer.strategy.reduce(self._recommended.int(), reduce_op="max")
        items = int(everywhere.sum())
        if trainer.sanity_checking:
            return
        epoch, share = trainer.current_epoch + 1, items / len(everywhere)
        self.rows.append({"epoch": epoch, "items": items, "coverage": share})
        if trainer.is_global_zero:
            file = Path(trainer.default_root_dir) / self.path
            with file.open("w", newline="", encoding="utf-8") as opened:
                writer = csv.DictWriter(opened, list(self.rows[0]))
                writer.writeheader()
                writer.writerows(self.rows)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps: the rows, so that a resumed run goes on with them."""
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on where a checkpoint was made."""
        self.rows = list(state_dict["rows"])
