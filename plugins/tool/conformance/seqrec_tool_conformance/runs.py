"""Small real runs of Lightning, for callbacks under test. Imports Lightning."""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import lightning.pytorch as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from seqrec_tool_conformance.batches import V
from seqrec_tool_conformance.compare import snapshot
from seqrec_tool_conformance.host import Host

__all__ = ["STAGES", "Run", "Stage", "run"]

Stage = Literal["fit", "validate", "test", "predict"]
STAGES: tuple[Stage, ...] = ("fit", "validate", "test", "predict")
Batch = dict[str, Any]


class Run(pl.LightningModule):
    """The host model as Lightning sees it; remembers every output that callbacks were given."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Host(V)
        self.outputs: list[tuple[Any, Any]] = []

    def scored_candidates(self) -> None:
        """Every item is scored."""

    def transfer_batch_to_device(
        self, batch: Any, device: torch.device, dataloader_idx: int
    ) -> Any:
        """The very batch, so that callbacks get what the loader holds."""
        return batch

    def configure_optimizers(self) -> Any:
        """Plain descent."""
        return torch.optim.SGD(self.parameters(), lr=0.1)

    def training_step(self, batch: Batch) -> Tensor:
        """The loss."""
        names = ("padding_mask", "positive_labels", "target_padding_mask")
        labels = {name: batch[name] for name in names}
        loss: Tensor = self.model(feature_tensors=batch, **labels)["loss"]
        return loss

    def validation_step(self, batch: Batch, batch_idx: int, dataloader_idx: int = 0) -> Any:
        """Logits and hidden states."""
        output = self.model(feature_tensors=batch, padding_mask=batch["padding_mask"])
        self.outputs.append((output, snapshot(output)))
        return output

    test_step = predict_step = validation_step


def run(stage: Stage, callback: Any, loaders: Sequence[Sequence[Batch]]) -> Run:
    """Runs one stage over dataloaders of ready batches, with weights of a seed."""
    with torch.random.fork_rng(devices=[]), _quiet():
        torch.manual_seed(0)
        module = Run()
        trainer = pl.Trainer(
            callbacks=[callback],
            max_epochs=1,
            accelerator="cpu",
            logger=False,
            num_sanity_val_steps=0,
            enable_progress_bar=False,
            enable_model_summary=False,
            enable_checkpointing=False,
        )
        ready = [_loader(batches) for batches in loaders]
        if stage == "fit":
            trainer.fit(module, ready[0], ready)
        else:
            getattr(trainer, stage)(module, ready, **_silent(stage))
    return module


def _loader(batches: Any) -> DataLoader[Any]:
    return DataLoader(batches, batch_size=None, collate_fn=_as_it_is)


def _as_it_is(batch: Any) -> Any:
    return batch


def _silent(stage: Stage) -> Mapping[str, bool]:
    return {"return_predictions": False} if stage == "predict" else {"verbose": False}


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Lightning's notices."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    with warnings.catch_warnings():
        for message in (".*does not have many workers", ".*LeafSpec", ".*smaller than the logging"):
            warnings.filterwarnings("ignore", message)
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)
