"""What a resumed run needs to draw and read exactly what the first run would have."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import lightning
import torch

from seqrec_core.contracts import DataModuleProto, DrawsNumbers, Resumable
from seqrec_trainer_lightning.history import History
from seqrec_trainer_lightning.lightning_internals import batches_begun, stand_at_batch
from seqrec_trainer_lightning.mean_gradients import take_exact_means

KEY = "seqrec"


class ResumeState(lightning.Callback):
    """Adds to each checkpoint what Lightning leaves out, and puts it back as training starts.

    That is, of each process, the state of PyTorch's random numbers, of the generators of a data
    module that DrawsNumbers, of the sums of the history's next row and of the epoch's loss, and of
    a training stream that is Resumable, at the end of an epoch too, where Lightning would let its
    epochs begin anew.

    Another number of processes goes on in the same epoch, where the training stream can: one whose
    state has the number of the batch to come as `batch` may stand at another one once it is loaded.
    Each then draws numbers of its own, as from the start of a run on, which `say` says.
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
            draw_apart(trainer.global_rank, self._generators())
            return
        rank, size = trainer.global_rank, trainer.world_size
        if len(states) == size:
            self._put_back(states[rank], trainer)
            return
        if trainer.is_global_zero:
            self.say(
                f"the run was one of {len(states)} processes and goes on in {size}: each of its "
                "rows still counts once an epoch; random numbers, and which rows make a step "
                "together, are no longer those it would have had"
            )
        self._put_back(shared(states, rank, size), trainer)
        if rank >= len(states):
            draw_apart(rank, self._generators())

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
        if state["stream"] is not None:
            self._load(state["stream"], trainer)

    def _load(self, place: dict[str, Any], trainer: lightning.Trainer) -> None:
        """Gives the stream its place, and Lightning the number of the batch that comes there."""
        stream: Any = trainer.train_dataloader
        module: Any = trainer.lightning_module
        begun, group = batches_begun(trainer), trainer.accumulate_grad_batches
        counts_alike = place.get("batch") == begun
        stream.load_state_dict(place)
        if counts_alike:
            stand_at_batch(trainer, stream.state_dict()["batch"])
            module.count_more(begun % group - batches_begun(trainer) % group)

    def _generators(self) -> Iterable[torch.Generator]:
        return self.data.generators() if isinstance(self.data, DrawsNumbers) else ()


def shared(states: Sequence[dict[str, Any]], rank: int, size: int) -> dict[str, Any]:
    """The state of one of another number of processes: sums of all, the rest of one of them."""
    sums = [state["sums"] for state in states]
    epochs = [state["epoch"] for state in states if "epoch" in state]
    state = dict(states[rank % len(states)])
    if all(sums):
        loss = sum(each["loss"] for each in sums) / len(sums)
        sequences = round(sum(each["sequences"] for each in sums) / size)
        state["sums"] = {**sums[0], "loss": loss, "sequences": sequences}
    if epochs:
        state["epoch"] = (sum(loss for loss, _ in epochs) / len(epochs), epochs[0][1])
    return {**state, "stream": states[0]["stream"]}


def draw_apart(rank: int, generators: Iterable[torch.Generator]) -> None:
    """Has a process draw other numbers than the first one, which draws what one alone would."""
    if rank == 0:
        return
    torch.manual_seed(_of_rank(torch.default_generator, rank))
    for generator in generators:
        generator.manual_seed(_of_rank(generator, rank))


def _of_rank(generator: torch.Generator, rank: int) -> int:
    """A seed that follows from the state of a generator, another one for each rank."""
    digest = hashlib.sha256(generator.get_state().numpy().tobytes() + bytes(str(rank), "ascii"))
    return int.from_bytes(digest.digest()[:7], "big")
