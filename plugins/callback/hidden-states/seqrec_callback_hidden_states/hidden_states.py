"""Collects one of the model's hidden states over a prediction run."""

from collections.abc import Mapping
from typing import Any, Literal

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from seqrec_core.contracts import InferenceOutput

__all__ = ["HiddenStatesCallback"]


class HiddenStatesCallback(Callback):
    """Collects `outputs["hidden_states"][hidden_state_index]` of every batch on the CPU.

    -1 is the last one. For any other the trainer asks the model for all: the embeddings and then
    one a layer.
    """

    def __init__(self, hidden_state_index: int) -> None:
        self.hidden_state_index = hidden_state_index
        self._batches: list[Tensor] = []

    def hidden_states_wanted(self) -> Literal["final", "all"]:
        """What the model's argument `output_hidden_states` must be."""
        return "final" if self.hidden_state_index == -1 else "all"

    def on_predict_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Forgets an earlier run."""
        self._batches.clear()

    def on_predict_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: InferenceOutput,
        batch: Mapping[str, Any],
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Keeps the hidden state of one batch; IndexError when the model gave no such one."""
        states = outputs.get("hidden_states", ())
        if not -len(states) <= self.hidden_state_index < len(states):
            raise IndexError(
                f"the model gave {len(states)} hidden states, there is no number "
                f"{self.hidden_state_index}; the last one is -1; for others the model's forward "
                "needs the argument output_hidden_states='all', and the trainer to pass it"
            )
        self._batches.append(states[self.hidden_state_index].detach().cpu())

    def get_result(self) -> Tensor:
        """Hidden states of all users of the last run (N, L, D); RuntimeError if there was none.

        Batches trimmed to fewer positions are padded on the left with zeros to the longest L.
        """
        if not self._batches:
            raise RuntimeError("nothing was predicted: call trainer.predict with this callback")
        if self._batches[0].dim() == 2:  # (B, D): a model without positions
            return torch.cat(self._batches)
        longest = max(states.shape[1] for states in self._batches)
        return torch.cat([_left_padded(states, longest) for states in self._batches])


def _left_padded(states: Tensor, length: int) -> Tensor:
    """Hidden states (B, L, D) as (B, length, D)."""
    return torch.nn.functional.pad(states, (0, 0, length - states.shape[1], 0))
