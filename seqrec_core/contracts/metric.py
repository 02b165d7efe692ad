"""What measures a model, and what writes its answers, whatever the trainer."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from seqrec_core.contracts.datamodule import Batch
from seqrec_core.contracts.model import InferenceOutput

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["MetricProto", "WantsHiddenStates", "WriterProto"]


@runtime_checkable
class MetricProto(Protocol):
    """Measures over batches of evaluation: reset, update with each, merge, compute."""

    def reset(self, device: "torch.device") -> None:
        """Starts from nothing; sums live on this device."""

    def update(self, batch: Batch, output: InferenceOutput) -> None:
        """Adds a transformed batch and what the model answered; changes neither."""

    def merge(self, total: "Callable[[Tensor], Tensor]") -> None:
        """Adds up the processes of a run: `total(tensor)` is a tensor's sum over all of them."""

    def compute(self) -> dict[str, float]:
        """What was measured, such as `ndcg@10`; NaN where there was nothing to measure."""


@runtime_checkable
class WriterProto(Protocol):
    """Takes the answers of a prediction run, batch by batch."""

    def update(self, batch: Batch, output: InferenceOutput) -> None:
        """Takes a transformed batch and what the model answered; changes neither."""


@runtime_checkable
class WantsHiddenStates(Protocol):
    """Reads the hidden states of a prediction run, which the trainer then asks of the model."""

    def hidden_states_wanted(self) -> Literal["final", "all"]:
        """What it reads, by the model's argument `output_hidden_states`."""
