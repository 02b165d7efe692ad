"""What a resumed run needs to draw and read exactly what the first run would have."""

from collections.abc import Iterable
from typing import Any

import lightning
import torch

from seqrec_core.contracts import DataModuleProto, DrawsNumbers, Resumable

KEY = "seqrec"


class ResumeState(lightning.Callback):
    """Adds to each checkpoint what Lightning leaves out, and puts it back as training starts.

    That is the state of PyTorch's random numbers, of the generators of a data module that
    DrawsNumbers, and of a training stream that is Resumable, at the end of an epoch too, where
    Lightning would let its epochs begin anew.
    """

    def __init__(self, data: DataModuleProto) -> None:
        self.data = data
        self._state: dict[str, Any] | None = None

    def on_save_checkpoint(
        self, trainer: lightning.Trainer, pl_module: Any, checkpoint: dict[str, Any]
    ) -> None:
        """Adds the state to the checkpoint."""
        stream: Any = trainer.train_dataloader
        checkpoint[KEY] = {
            "cpu": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all(),
            "generators": [each.get_state() for each in self._generators()],
            "stream": stream.state_dict() if isinstance(stream, Resumable) else None,
        }

    def on_load_checkpoint(
        self, trainer: lightning.Trainer, pl_module: Any, checkpoint: dict[str, Any]
    ) -> None:
        """Takes the state from the checkpoint."""
        self._state = checkpoint.get(KEY)

    def on_train_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Puts the state back, once; nothing has been read by then."""
        state, self._state = self._state, None
        if state is None:
            return
        torch.set_rng_state(state["cpu"])
        if len(state["cuda"]) == torch.cuda.device_count():
            torch.cuda.set_rng_state_all(state["cuda"])
        for generator, value in zip(self._generators(), state["generators"], strict=True):
            generator.set_state(value)
        stream: Any = trainer.train_dataloader
        if state["stream"] is not None:
            stream.load_state_dict(state["stream"])

    def _generators(self) -> Iterable[torch.Generator]:
        return self.data.generators() if isinstance(self.data, DrawsNumbers) else ()
