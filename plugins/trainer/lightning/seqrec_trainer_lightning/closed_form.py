"""Fits models that need no gradients, from one pass over the training data."""

import time
from collections.abc import Iterator
from typing import Any

import torch
from lightning.fabric.utilities import move_data_to_device

from seqrec_core.contracts import ClosedForm, DataModuleProto, Row
from seqrec_core.errors import DataError
from seqrec_trainer_lightning.history import sequence_count


class TrainingPass:
    """The transformed training batches of a data module, once, on a device; counts them."""

    def __init__(self, data: DataModuleProto, device: torch.device) -> None:
        self.data = data
        self.device = device
        self.batches = 0
        self.sequences = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        loaders = self.data.loaders("train")
        if not loaders:
            raise DataError("the data module has no loaders for 'train'; give it that split")
        for raw in loaders[0]:
            batch = self.data.transform("train", move_data_to_device(raw, self.device))
            self.batches += 1
            self.sequences += sequence_count(batch)
            yield batch


@torch.no_grad()
def fit_closed_form(model: ClosedForm, data: DataModuleProto, device: torch.device) -> Row | None:
    """Fits a model on its device; the row of the history, without metrics.

    None where the model is trained by gradients after all; it has read nothing then.
    """
    start, batches = time.perf_counter(), TrainingPass(data, device)
    if model.fit_closed_form(batches) is None:
        return None
    seconds = time.perf_counter() - start
    return {
        "epoch": 1.0,
        "step": batches.batches,
        "seconds": round(seconds, 3),
        "sequences_per_second": round(batches.sequences / seconds, 1),
    }
