"""What a resumed run needs to draw and read exactly what the first run would have."""

from collections.abc import Callable, Iterable
from typing import Any

import lightning
import torch

from seqrec_core.contracts import DataModuleProto, DrawsNumbers, Resumable
from seqrec_trainer_lightning.history import History
from seqrec_trainer_lightning.mean_gradients import take_exact_means

KEY = "seqrec"


class ResumeState(lightning.Callback):
    """Adds to each checkpoint what Lightning leaves out, and puts it back as training starts.

    That is, of each process, the state of PyTorch's random numbers, of the generators of a data
    module that DrawsNumbers, of the sums of the history's next row and of the epoch's loss, and of
    a training stream that is Resumable, at the end of an epoch too, where Lightning would let its
    epochs begin anew.

    With another number of processes all go on as the first one would, which `say` says.
    """

    def __init__(
        self, data: DataModuleProto, history: History, say: Callable[[str], None] = print
    ) -> None:
        self.data = data
        self.history = history
        self.say = say
        self._states: list[dict[str, Any]] = []

    def on_save_checkpoint(
        self, trainer: lightning.Trainer, pl_module: Any, checkpoint: dict[str, Any]
    ) -> None:
        """Adds the state of each process to the checkpoint; all processes ask each other."""
        states: list[Any] = [self._state(trainer)]
        if trainer.world_size > 1:
            states = states * trainer.world_size
            torch.distributed.all_gather_object(states, self._state(trainer))
        checkpoint[KEY] = {"processes": states}

    def on_load_checkpoint(
        self, trainer: lightning.Trainer, pl_module: Any, checkpoint: dict[str, Any]
    ) -> None:
        """Takes the states from the checkpoint."""
        state = checkpoint.get(KEY, {})
        if state and "processes" not in state:  # of an edition that kept the first one's alone
            state = {"processes": [{**state, "cuda": None, "sums": {}}]}
        self._states = state.get("processes", [])

    def on_train_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Puts the state back, once; nothing has been read by then."""
        take_exact_means(trainer)
        states, self._states = self._states, []
        if not states:
            return
        is_same = len(states) == trainer.world_size
        if not is_same and trainer.is_global_zero:
            self.say(
                f"the run was one of {len(states)} processes and goes on in {trainer.world_size}: "
                "random numbers, and which process reads what, are no longer those it would have "
                "had"
            )
        self._put_back(states[trainer.global_rank if is_same else 0], trainer)

    def _state(self, trainer: lightning.Trainer) -> dict[str, Any]:
        """The state of this process."""
        stream: Any = trainer.train_dataloader
        module: Any = trainer.lightning_module
        device = trainer.strategy.root_device
        return {
            "cpu": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
            "generators": [each.get_state() for each in self._generators()],
            "stream": stream.state_dict() if isinstance(stream, Resumable) else None,
            "sums": {k: v for k, v in self.history.state_dict().items() if k != "rows"},
            "epoch": module.epoch_sums(),
        }

    def _put_back(self, state: dict[str, Any], trainer: lightning.Trainer) -> None:
        """Gives this process the state of one."""
        device = trainer.strategy.root_device
        torch.set_rng_state(state["cpu"])
        if state["cuda"] is not None and device.type == "cuda":
            torch.cuda.set_rng_state(state["cuda"], device)
        for generator, value in zip(self._generators(), state["generators"], strict=True):
            generator.set_state(value)
        self.history.load_state_dict({**self.history.state_dict(), **state["sums"]})
        module: Any = trainer.lightning_module
        module.begin_epoch(*state.get("epoch", module.epoch_sums()))
        stream: Any = trainer.train_dataloader
        if state["stream"] is not None:
            stream.load_state_dict(state["stream"])

    def _generators(self) -> Iterable[torch.Generator]:
        return self.data.generators() if isinstance(self.data, DrawsNumbers) else ()
