"""Conformance of trainers, in small runs of a small model."""

import io
import tempfile
from pathlib import Path
from typing import Any

import attrs
import torch
from rich.console import Console
from torch import Tensor

from seqrec_core.contracts import (
    Batch,
    InferenceOutput,
    Outcome,
    Row,
    Run,
    TrainerProto,
    measured,
)
from seqrec_core.spec import TrainerSpec
from seqrec_tool_conformance.batches import V
from seqrec_tool_conformance.compare import assert_same, snapshot
from seqrec_tool_conformance.editions import since
from seqrec_tool_conformance.general import GeneralConformance
from seqrec_tool_conformance.host import Host
from seqrec_tool_conformance.ready_data import ReadyData, StoppedError

__all__ = ["TrainerConformance"]

USERS = 8
State = dict[str, Tensor]


@attrs.define
class Trial:
    """A run of a trainer over data in memory, and what it was told."""

    trainer: Any
    run: Run
    rows: list[Row]
    kept: list[Any]
    logged: dict[int, set[str]]
    outcome: Outcome | None = None

    def state(self) -> State:
        """A copy of the weights as they are."""
        return {name: t.detach().clone() for name, t in self.run.model.state_dict().items()}

    def fit(self, *, resume: bool = False) -> "Trial":
        """Trains; the trial itself."""
        with torch.random.fork_rng(devices=[]):
            self.outcome = self.trainer.fit(self.run, resume=resume)
        return self


@attrs.frozen
class Answers:
    """A writer that keeps the users of what it is given."""

    users: list[int] = attrs.Factory(list)

    def update(self, batch: Batch, output: InferenceOutput) -> None:
        """Takes a batch and its logits (B, V)."""
        shape = tuple(output["logits"].shape)
        expected = (len(batch["query_id"]), V)
        assert shape == expected, f"predict gives the writer logits {shape}, not {expected}"
        self.users.extend(batch["query_id"].tolist())


class TrainerConformance(GeneralConformance):
    """Checks of fit, evaluate and predict over runs of a model with dropout, on data in memory."""

    kind = "trainer"
    contract = TrainerProto
    place = "trainer"

    def inputs(self) -> dict[str, Any]:
        """None."""
        return {}

    def call(self, component: Any, inputs: dict[str, Any]) -> Any:
        """Nothing to compare: a run is no function of its inputs."""
        return None

    def trial(self, folder: str | Path, *, stops_at: int | None = None) -> Trial:
        """A fresh trainer and a run whose folder it is, not yet trained."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = Host(V, dropout=0.3)
        rows: list[Row] = []
        kept: list[Any] = []
        logged: dict[int, set[str]] = {}
        run = Run(
            model=model,
            data=ReadyData(stops_at),
            folder=Path(folder),
            console=Console(file=io.StringIO()),
            record=rows.append,
            keep=lambda row: kept.append((row, snapshot(model.state_dict()))),
            log=lambda values, step: logged.setdefault(step, set()).update(values),
        )
        trainer = attrs.evolve(self.subject, model=model).build()
        return Trial(trainer, run, rows, kept, logged)

    def test_a_fit_trains_the_model_of_its_run(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            trial = self.trial(folder)
            before = trial.state()
            after = trial.fit().state()
        changed = [name for name in after if not torch.equal(after[name], before[name])]
        assert changed, "fit leaves the weights of run.model as they were"
        finite = all(tensor.isfinite().all() for tensor in after.values())
        assert finite, "after fit some weights are not finite"

    def test_a_fit_tells_what_it_went_through(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            trial = self.trial(folder).fit()
        outcome = trial.outcome
        assert isinstance(outcome, Outcome), f"fit returns {type(outcome).__name__}, no Outcome"
        assert not outcome.interrupted, "fit says that it was interrupted; nobody did"
        assert list(outcome.rows) == trial.rows, "the outcome has other rows than run.record got"
        for row in trial.rows:
            missing = {"epoch", "step", "train_loss"} - row.keys()
            assert not missing, f"a row of the history lacks {sorted(missing)}"
        assert trial.kept, "run.keep was never called, so nothing is kept of the run"
        assert outcome.best is None or outcome.best in trial.rows, "the best row is none of them"

    @since("2.1")
    def test_trackers_are_told_what_is_measured(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            trial = self.trial(folder).fit()
        for row in trial.rows:
            step, names = int(row["step"]), {"train_loss", *measured(row)} & row.keys()
            missing = sorted(names - trial.logged.get(step, set()))
            assert not missing, (
                f"run.log, where there is one, is not told {missing} of step {step}, which "
                "run.record is; call both"
            )

    def test_two_fits_of_one_seed_are_equal(self) -> None:
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            first, second = (self.trial(folder).fit().state() for folder in (one, other))
        assert_same(second, first, "two fits of one seed give other weights; seed what draws")

    def test_evaluation_measures_and_changes_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            trial = self.trial(folder)
            before = trial.state()
            metrics = {}
            for split in ("validate", "test"):
                first, second = (trial.trainer.evaluate(trial.run, split) for _ in range(2))
                assert_same(second, first, f"evaluate on {split} gives other numbers twice")
                metrics[split] = first
        assert_same(trial.state(), before, "evaluate changes the weights")
        for split, values in metrics.items():
            assert values, f"evaluate measures nothing on {split}"
            numbers = all(isinstance(value, float) for value in values.values())
            assert numbers, f"evaluate on {split} gives {values}; give a float a name"

    def test_predict_gives_the_writer_every_user_once(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            trial, answers = self.trial(folder), Answers()
            before = trial.state()
            with torch.random.fork_rng(devices=[]):
                trial.trainer.predict(trial.run, answers)
        users = sorted(answers.users)
        assert users == list(range(USERS)), f"the writer got the users {users}, not 0 to 7 once"
        assert_same(trial.state(), before, "predict changes the weights")

    def test_one_process_is_the_main_one(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            trainer = self.trial(folder).fit().trainer
        assert trainer.is_main_process() is True, "is_main_process() is not True in one process"

    def test_a_run_goes_on_from_its_checkpoint(self) -> None:
        spec = self.subject.spec
        assert isinstance(spec, TrainerSpec)
        if not spec.checkpoint:
            return
        with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as part:
            expected = self.trial(whole).fit().state()
            path = Path(whole) / spec.checkpoint
            assert path.is_file(), f"fit leaves no {spec.checkpoint}, which its spec names"
            fault = spec.checkpoint_fault(path)
            assert fault is None, f"checkpoint_fault finds fault with its own checkpoint: {fault}"
            finished = self.trial(whole).fit(resume=True).state()
            assert_same(finished, expected, "resuming a run that was over changes the weights")
            self._stop_in_the_second_epoch(part)
            if (Path(part) / spec.checkpoint).is_file():
                resumed = self.trial(part).fit(resume=True).state()
                what = "a run that was stopped and resumed has other weights than one that was not"
                assert_same(resumed, expected, what)

    def _stop_in_the_second_epoch(self, folder: str) -> None:
        try:
            self.trial(folder, stops_at=2).fit()
        except StoppedError:
            return
        except Exception as cause:
            raise AssertionError(
                f"what data raise in fit comes out as {type(cause).__name__}: {cause}; let it pass"
            ) from cause
