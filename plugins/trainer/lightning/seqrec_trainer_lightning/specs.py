"""How a model is trained, validated and kept: a run on Lightning."""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from seqrec_core.spec import (
    CallbackSpec,
    OptimizerSpec,
    SchedulerSpec,
    TrainerSpec,
    component,
    param,
    spec,
)
from seqrec_trainer_lightning.archive_faults import archive_fault, previous_of

USUAL_EPOCHS, FEWEST_STEPS, STEPS_APART = 20, 2000, 50  # of a training whose length nobody set

TRAIN_LOSS = "train_loss"  # in every row of the history, whatever measures


@spec
class LightningTrainerSpec(TrainerSpec):
    """Trains, evaluates and predicts with Lightning."""

    target = "seqrec_trainer_lightning.lightning_trainer:LightningTrainer"
    runtime = ("seed",)
    callback_apis = ("lightning",)
    checkpoint = "checkpoints/last.ckpt"
    # fields that the checkpoint of a run overrules: a resumed run must have the same
    fixed_by_checkpoint = ("optimizer", "scheduler", "ema_decay", "metrics", "monitor", "mode")

    max_epochs: int | None = param(
        None,
        ge=1,
        help="passes over the training data, at most; null is 20, of small data as many as make "
        f"{FEWEST_STEPS:,} optimiser steps",
    )
    optimizer: OptimizerSpec = component("seqrec-optimizer-standard:adam", help="update rule")
    scheduler: SchedulerSpec | None = param(None, help="how the learning rate moves, if it does")
    metrics: CallbackSpec = component("seqrec-callback-metrics:metrics", help="what is measured")
    callbacks: tuple[CallbackSpec, ...] = param((), help="further callbacks")
    monitor: str = param("ndcg@10", help="the metric that chooses the best weights")
    mode: Literal["max", "min"] = param("max", help="whether more of it is better, or less")
    patience: int | None = param(
        5,
        ge=1,
        help="validations without improvement until the run stops, see patience_steps; null never "
        "stops it",
    )
    patience_steps: int = param(
        500, ge=0, help="fewest optimiser steps without improvement until patience may stop the run"
    )
    validate_every: float | None = param(
        None,
        gt=0,
        help="epochs between validations: 0.25 is four an epoch, 5 every fifth epoch; null is 1, "
        f"where null max_epochs comes to more than 20 as many as make {STEPS_APART} steps",
    )
    accumulate_grad_batches: int = param(
        1,
        ge=1,
        help="batches that make one optimiser step, each counting alike; fewer at an epoch's end",
    )
    gradient_clip_val: float | None = param(None, gt=0, help="largest norm of all gradients")
    ema_decay: float | None = param(
        None,
        gt=0,
        lt=1,
        help="validate and keep a moving average of the weights: 0.99 is about the last 100 steps; "
        "takes the weights' memory again, and a pass over all of them each step",
    )
    accelerator: str = param("auto", help="auto, cpu, gpu, mps, ...")
    devices: int | None = param(None, ge=1, help="number of devices; null takes what there is")
    strategy: str = param("auto", help="how several devices work together: auto, ddp, ...")
    precision: Literal["32-true", "bf16-mixed", "16-mixed", "bf16-true", "64-true"] = param(
        "32-true", help="number format of the computation"
    )
    log_every_n_steps: int = param(50, ge=1, help="steps between two entries of the step log")

    def has_checkpoint(self, path: Path) -> bool:
        """Whether the last checkpoint is there, or the one before it."""
        return path.is_file() or previous_of(path).is_file()

    def checkpoint_fault(self, path: Path) -> str | None:
        """What is damaged, in the file and in the checkpoint before it, which does as well."""
        fault = archive_fault(path)
        return fault if fault and archive_fault(previous_of(path)) else None

    def monitored(self) -> str | None:
        """The metric that chooses the best weights."""
        return self.monitor

    def weight_copies(self) -> int:
        """One where there is a moving average."""
        return int(self.ema_decay is not None)

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        if self.validate_every and self.validate_every > 1 and self.validate_every % 1:
            yield "validate_every", f"is {self.validate_every:g}; above 1 give whole epochs"
        if self.gradient_clip_val and self.precision == "16-mixed" and self.optimizer.is_fused():
            yield "gradient_clip_val", "needs trainer.optimizer.fused=false under 16-mixed"
        if self.strategy.endswith(("_fork", "_spawn", "_notebook")):
            yield (
                "strategy",
                f"{self.strategy!r} leaves the history and the best weights in its processes; "
                'choose "ddp"',
            )
        if self.ema_decay and self.strategy.startswith(("fsdp", "deepspeed")):
            yield (
                "ema_decay",
                f"needs all weights in each process, which {self.strategy!r} shares out; set it "
                'to null, or choose strategy "ddp"',
            )
        yield from self._monitor_faults()
        for index, callback in enumerate(self.callbacks):
            if type(callback) is type(self.metrics):
                yield f"callbacks[{index}]", "measures a second time; set trainer.metrics instead"

    def _monitor_faults(self) -> Iterable[tuple[str, str]]:
        """Whether the monitored metric is measured, and whether `mode` is its direction."""
        callbacks = [self.metrics, *self.callbacks]
        measured = [callback.measures() for callback in callbacks]
        names = [TRAIN_LOSS, *(name for known in measured for name in known or ())]
        name = re.sub(r"/dataloader_idx_\d+$", "", self.monitor)  # one of several loaders
        if name in names:
            smaller = {
                TRAIN_LOSS,
                *(name for each in callbacks for name in each.smaller_is_better()),
            }
            mode, better = ("min", "smaller") if name in smaller else ("max", "larger")
            if mode != self.mode:
                yield (
                    "mode",
                    f"{self.mode!r} keeps the worst weights: a {better} {name} is better; set "
                    f'trainer.mode to "{mode}"',
                )
        elif measured[0] and None not in measured:  # else something measures that is not known
            logged = ", or name it in measures() of the callback's spec" if self.callbacks else ""
            yield "monitor", _not_measured(name, names) + logged


def _not_measured(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name.lower(), names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return (
        f"{name!r} is not measured; {hint}measured are {', '.join(names)}: monitor one of them, or "
        "have trainer.metrics measure it"
    )
