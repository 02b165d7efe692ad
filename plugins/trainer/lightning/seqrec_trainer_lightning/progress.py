"""Shows a run as it goes: a live bar on a terminal, a line an epoch everywhere."""

import math
import time
from typing import Any

import lightning
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from seqrec_core.contracts import Row
from seqrec_trainer_lightning.history import History, sequence_count
from seqrec_trainer_lightning.keep_best import KeepBest
from seqrec_trainer_lightning.lightning_internals import batches_begun

REFRESH = 0.25  # seconds between two readings of the loss
HEARTBEAT = 30.0  # seconds between two lines of a long epoch without a terminal


class ProgressDisplay(lightning.Callback):
    """Prints a line for each row of the history; on a terminal also a bar for the epoch.

    The bar has the mean loss since the last row, the learning rate and sequences per second. The
    loss is read from the device only when the bar is redrawn. Without a terminal, an epoch of
    minutes says how far it is. With `is_brief`, for hundreds of short epochs, only validations
    have lines.
    """

    def __init__(self, history: History, best: KeepBest, console: Console) -> None:
        self.history = history
        self.best = best
        self.console = console
        self.is_brief = False
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
        self._show(index + 1, finite(trainer.num_training_batches), state, now)

    def on_validation_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Starts a bar for the validation."""
        self._replace_bar("validation", finite(sum(trainer.num_val_batches)))

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
        total = finite(trainer.num_training_batches)
        self._replace_bar(description, total, batches_begun(trainer))
        self._sequences = 0
        self._since = time.perf_counter()
        self._next = self._since + (REFRESH if self.console.is_terminal else HEARTBEAT)

    def _replace_bar(self, description: str, total: float | None, done: int = 0) -> None:
        """Begins anew: a bar that has a total cannot be told that there is none."""
        self._bar.remove_task(self._task)
        self._task = self._bar.add_task(description, total=total, completed=done, state="")

    def _show(self, done: int, total: float | None, state: str, now: float) -> None:
        if self.console.is_terminal:
            self._bar.update(self._task, completed=done, state=state)
            self._next = now + REFRESH
        else:
            of = "" if total is None else f" of {total:,.0f}"
            self.console.print(f"  {done:,}{of} batches  {state}", highlight=False)
            self._next = now + HEARTBEAT

    def _print_rows(self) -> None:
        for row in self.history.rows[self._printed_rows :]:
            if self.is_brief and self.best.monitor not in row:
                continue
            mark = "  best" if self.best.monitor in row and self.best.stale == 0 else ""
            self.console.print(describe(row, self.best.monitor) + mark, highlight=False)
        self._printed_rows = len(self.history.rows)


def describe(row: Row, monitor: str) -> str:
    """One line for a row of the history, of what it has."""
    words = {
        "train_loss": "loss {:.4f}",
        monitor: monitor + " {:.4f}",
        "learning_rate": "lr {:.2g}",
        "sequences_per_second": "{:,.0f} seq/s",
        "seconds": "{:.1f} s",
    }
    said = [text.format(row[name]) for name, text in words.items() if name in row]
    return f"epoch {row['epoch']:<4g} {'  '.join(said)}"


def finite(batches: float) -> float | None:
    """A number of batches; None where it is not known, which Lightning calls infinite."""
    return None if math.isinf(batches) else batches
