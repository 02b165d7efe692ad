"""Shows a run as it goes: a live bar on a terminal, a line an epoch everywhere."""

import time
from typing import Any

import lightning
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from seqrec_trainer_lightning.history import History, sequence_count
from seqrec_trainer_lightning.keep_best import KeepBest
from seqrec_trainer_lightning.lightning_internals import batches_begun

REFRESH = 0.25  # seconds between two readings of the loss
HEARTBEAT = 30.0  # seconds between two lines of a long epoch without a terminal


class ProgressDisplay(lightning.Callback):
    """Prints a line for each row of the history; on a terminal also a bar for the epoch.

    The bar has the mean loss since the last row, the learning rate and sequences per second. The
    loss is read from the device only when the bar is redrawn. Without a terminal, an epoch of
    minutes says how far it is.
    """

    def __init__(self, history: History, best: KeepBest, console: Console) -> None:
        self.history = history
        self.best = best
        self.console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[state]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", state="")
        self._printed_rows = 0
        self._sequences = 0
        self._since = self._next = 0.0

    def on_train_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Shows the bar, in the main process."""
        if not trainer.is_global_zero:
            self.console.quiet = True
        self._printed_rows = len(self.history.rows)
        self._bar.start()
        self._begin(trainer)

    def on_train_epoch_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Starts a bar for the epoch."""
        self._begin(trainer)

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, index: int
    ) -> None:
        """Moves the bar, a few times a second."""
        self._sequences += sequence_count(batch)
        now = time.perf_counter()
        if now < self._next:
            return
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        state = (
            f"loss {self.history.mean_loss:.4f}  lr {rate:.2g}  "
            f"{self._sequences / (now - self._since):,.0f} seq/s"
        )
        self._show(index + 1, trainer.num_training_batches, state, now)

    def on_validation_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Starts a bar for the validation."""
        total = sum(trainer.num_val_batches)
        self._bar.reset(self._task, total=total, description="validation", state="")

    def on_validation_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Moves the bar."""
        self._bar.advance(self._task)

    def on_validation_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Prints the row, and goes on with the epoch."""
        self._print_rows()
        self._begin(trainer)

    def on_train_epoch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Prints the row of an epoch without validation."""
        self._print_rows()

    def teardown(self, trainer: lightning.Trainer, pl_module: Any, stage: str) -> None:
        """Takes the bar away."""
        self._bar.stop()

    def on_exception(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Takes the bar away."""
        self._bar.stop()

    def _begin(self, trainer: lightning.Trainer) -> None:
        description = f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}"
        begun = batches_begun(trainer)
        self._bar.reset(self._task, total=trainer.num_training_batches, completed=begun)
        self._bar.update(self._task, description=description, state="")
        self._sequences = 0
        self._since = time.perf_counter()
        self._next = self._since + (REFRESH if self.console.is_terminal else HEARTBEAT)

    def _show(self, done: int, total: float, state: str, now: float) -> None:
        if self.console.is_terminal:
            self._bar.update(self._task, completed=done, state=state)
            self._next = now + REFRESH
        else:
            self.console.print(f"  {done:,} of {total:,.0f} batches  {state}", highlight=False)
            self._next = now + HEARTBEAT

    def _print_rows(self) -> None:
        for row in self.history.rows[self._printed_rows :]:
            mark = "  best" if self.best.monitor in row and self.best.stale == 0 else ""
            self.console.print(describe(row, self.best.monitor) + mark, highlight=False)
        self._printed_rows = len(self.history.rows)


def describe(row: dict[str, float], monitor: str) -> str:
    """One line for a row of the history."""
    metric = f"  {monitor} {row[monitor]:.4f}" if monitor in row else ""
    return (
        f"epoch {row['epoch']:<4g} loss {row['train_loss']:.4f}{metric}  "
        f"lr {row['learning_rate']:.2g}  {row['sequences_per_second']:,.0f} seq/s  "
        f"{row['seconds']:.1f} s"
    )
