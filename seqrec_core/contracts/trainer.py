"""What trains, evaluates and predicts, and the run that it is handed."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import attrs
from rich.console import Console

from seqrec_core.contracts.datamodule import DataModuleProto
from seqrec_core.contracts.metric import WriterProto
from seqrec_core.terminal import console

if TYPE_CHECKING:
    import torch

__all__ = [
    "KeepsOptimizerState",
    "Outcome",
    "Row",
    "Run",
    "ScoresCandidates",
    "TrainerProto",
    "measured",
]

Row = dict[str, float]
_State = Mapping[str, Mapping[str, Any]]  # by parameter, then as torch names it
_PROGRESS = ("epoch", "step", "train_loss", "learning_rate", "seconds", "sequences_per_second")


def measured(row: Row) -> Row:
    """What metrics measured, without what says how far and how fast training was."""
    return {name: value for name, value in row.items() if name not in _PROGRESS}


def _ignore(row: Row) -> None:
    """Keeps nothing."""


@attrs.frozen(kw_only=True)
class Run:
    """What a trainer is handed: everything about a run but how it is done.

    `folder` is where checkpoints and logs go, nowhere for None. `candidates` (C,) are the item ids
    to score in place of all: the model, metrics and writers see them as `candidates_to_score` of
    each batch that has none; those that a batch has, (C,) or each user's own (B, C), padded by -1,
    beat them. `record` is told a row of the history, `epoch`, `step`, `train_loss`
    and what was measured, at each validation and after an epoch without one; `keep` is told it
    whenever the weights are the best so far, and once at the end where nothing was validated.
    `log`, where somebody listens, is told values of steps and of validations, and the number of
    optimiser steps that were made. All three are told in the main process alone. With
    `only_metrics` nobody else watches: a baseline is measured. `optimizer_state` is what a trainer
    that KeepsOptimizerState begins with, unless it resumes.
    """

    model: "torch.nn.Module"
    data: DataModuleProto
    folder: Path | None = None
    candidates: "torch.Tensor | None" = None
    console: Console = attrs.Factory(console)
    record: Callable[[Row], None] = _ignore
    keep: Callable[[Row], None] = _ignore
    log: Callable[[Row, int], None] | None = None
    only_metrics: bool = False
    optimizer_state: _State | None = None


@attrs.frozen
class Outcome:
    """What a fit went through: the rows it recorded, the best one, whether it was cut short."""

    rows: Sequence[Row]
    best: Row | None
    interrupted: bool = False


@runtime_checkable
class TrainerProto(Protocol):
    """Trains, evaluates and predicts; what it measures, and how, is its own setting."""

    def fit(self, run: Run, *, resume: bool = False) -> Outcome:
        """Trains the model of the run; with `resume` from the checkpoint in its folder."""

    def evaluate(self, run: Run, split: str) -> dict[str, float]:
        """What was measured on "validate" or "test", by name; changes no weights."""

    def predict(self, run: Run, writer: WriterProto) -> None:
        """Gives the writer each batch of the split "predict" with the model's answer."""

    def is_main_process(self) -> bool:
        """Whether this process is the one of its run that writes files and prints."""


@runtime_checkable
class KeepsOptimizerState(Protocol):
    """A trainer whose runs can begin with `Run.optimizer_state`, that of an earlier one say."""

    def optimizer_state(self, folder: Path) -> _State:
        """That of the run in a folder, when it ended; SeqrecError, in a clause, where none is."""


@runtime_checkable
class ScoresCandidates(Protocol):
    """What runs a model, a LightningModule say, and may score some items in place of all."""

    def scored_candidates(self) -> "torch.Tensor | None":
        """Item ids (C,), the columns of the logits where a batch does not name its own."""
