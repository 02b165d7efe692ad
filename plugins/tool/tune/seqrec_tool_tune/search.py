"""The search: draws settings, has them trained, ends what leads nowhere, records the rest."""

import math
import queue
import time
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from optuna.samplers import TPESampler
from optuna.storages import BaseStorage
from optuna.study import Study
from optuna.trial import Trial, TrialState
from seqrec_tool_run.history_csv import HISTORY, read_rows

from seqrec_core.agreement import check_agreement
from seqrec_core.bundle import Bundle
from seqrec_core.errors import SeqrecError
from seqrec_core.session import Session, dump, load, load_resolved
from seqrec_core.spec import Recipe
from seqrec_tool_tune.search_space import Space, assignment
from seqrec_tool_tune.study_folder import WORKERS, StudyFolder
from seqrec_tool_tune.trial_workers import Heard, Message, Worker
from seqrec_tool_tune.tuned_metric import TunedMetric

REASON, VALUE, EPOCHS, SECONDS = "reason", "value", "epochs", "seconds"  # attributes of a trial


@attrs.frozen
class Question:
    """What is searched: better settings of `base` within `space`."""

    base: Mapping[str, Any]
    space: Space
    metric: TunedMetric
    seed: int
    has_seeds: bool = False

    def parameters(self, trial: Trial) -> dict[str, Any]:
        """Values of a trial by path; those that it has already stay."""
        return {path: part.draw(trial, path) for path, part in self.space.items()}

    def spec(self, parameters: Mapping[str, Any], number: int, session: Session) -> dict[str, Any]:
        """The spec of a trial, as short as that of the search."""
        changes = self._assignments(parameters, number)
        return dict(dump(load(self.base, changes, session), session))

    def recipe(self, parameters: Mapping[str, Any], number: int, session: Session) -> Recipe:
        """The resolved recipe of a trial; SpecError where its settings do not go together."""
        changes = self._assignments(parameters, number)
        recipe = load_resolved(self.base, changes, session, quietly=True).recipe
        check_agreement(recipe, session.registry)
        return recipe

    def _assignments(self, parameters: Mapping[str, Any], number: int) -> list[str]:
        changes = [assignment(path, value) for path, value in parameters.items()]
        return [*changes, f"seed={self.seed + number}"] if self.has_seeds else changes


@attrs.define(kw_only=True, eq=False)
class Search:
    """Trains up to `jobs` trials at once, each in a process of its own; `say` is told of each.

    The study is written by this process alone. What a seed draws for a trial depends on its number
    and on the trials before it: a search that goes on draws what it would have drawn.
    """

    question: Question
    study: Study
    storage: BaseStorage
    folder: StudyFolder
    session: Session
    say: Callable[[str], None]
    jobs: int = 1
    threads: int | None = None
    _heard: Heard = attrs.field(init=False, factory=queue.Queue)
    _workers: list[Worker] = attrs.field(init=False, factory=list)
    _left: list[int] = attrs.field(init=False, factory=list)

    def run(self, trials: int, timeout: float | None) -> None:
        """Goes on until there are so many trials, or so many seconds are over.

        KeyboardInterrupt passes, once what is being trained has its checkpoint.
        """
        until = math.inf if timeout is None else time.monotonic() + timeout
        self._left = [t.number for t in self.study.trials if t.state == TrialState.RUNNING]
        try:
            while True:
                while len(self._busy()) < self.jobs and time.monotonic() < until:
                    trial = self._next(trials)
                    if trial is None:
                        break
                    self._begin(trial)
                if not self._busy():
                    return
                self._hear()
        except KeyboardInterrupt:
            self._interrupt()
            raise
        finally:
            for worker in self._workers:
                worker.close()

    def trial(self, number: int) -> Trial:
        """A trial that there is."""
        study = self.storage.get_study_id_from_name(self.study.study_name)
        identity = self.storage.get_trial_id_from_study_id_trial_number(study, number)
        return Trial(self.study, identity)

    def _busy(self) -> list[Worker]:
        return [worker for worker in self._workers if worker.trial is not None]

    def _next(self, trials: int) -> Trial | None:
        """One that was cut short, or else a new one; None once there are enough."""
        if self._left:
            return self.trial(self._left.pop(0))
        number = len(self.study.get_trials(deepcopy=False))
        if number >= trials:
            return None
        self.study.sampler = TPESampler(seed=(self.question.seed * 1_000_003 + number) % 2**32)
        return self.study.ask()

    def _begin(self, trial: Trial) -> None:
        """Has a process train it; one whose settings do not go together has failed already."""
        parameters = self.question.parameters(trial)
        try:
            recipe = self.question.recipe(parameters, trial.number, self.session)
        except SeqrecError as error:
            self._fail(trial, str(error))
            return
        idle = [worker for worker in self._workers if worker.trial is None]
        errors = self.folder.path / WORKERS
        worker = idle[0] if idle else Worker.start(self._heard, self.threads, errors)
        if not idle:
            self._workers.append(worker)
        worker.trial = trial
        worker.send(
            recipe=dump(recipe, self.session),
            out=str(self.folder.trial(trial.number)),
            log=str(self.folder.log(trial.number)),
            metric=self.question.metric.in_history,
            allowed=_allowed(self.session),
        )

    def _hear(self, is_ending: bool = False) -> None:
        """Takes the next message of a process."""
        worker, message = self._heard.get()
        trial = worker.trial
        if "row" in message:
            stops = not is_ending and self._prunes(trial, message)
            worker.send(stop=stops)
            return
        end, worker.trial = message["end"], None
        if end in ("lost", "failed") and worker in self._workers:  # memory that it lost is lost
            self._workers.remove(worker)
        if trial is None or (is_ending and end in ("lost", "interrupted")):
            return
        if end == "lost":
            log = self.folder.log(trial.number)
            self._fail(trial, f"{worker.last_words()}; what it printed is in {log}")
        elif end == "failed":
            worker.close()
            self._fail(trial, message["reason"])
        elif end == "interrupted":  # by somebody else
            self._left.append(trial.number)
        else:
            self._end(trial, is_pruned=end == "stopped")

    def _prunes(self, trial: Trial, message: Message) -> bool:
        """Whether a trial is to end after this validation."""
        number, value = message["number"], message["row"][self.question.metric.in_history]
        before = self.study.get_trials(deepcopy=False)[trial.number].intermediate_values
        if math.isnan(value) or number in before:
            return False
        trial.report(value, number)
        return bool(trial.should_prune())

    def _end(self, trial: Trial, *, is_pruned: bool) -> None:
        """Records a trial that was trained, to its end or not."""
        out, name = self.folder.trial(trial.number), self.question.metric.stored
        try:
            metrics, rows = Bundle(out, self.session).metrics, read_rows(out / HISTORY)
        except (SeqrecError, OSError) as error:
            self._fail(trial, str(error))
            return
        trial.set_user_attr(EPOCHS, rows[-1]["epoch"] if rows else 0.0)
        trial.set_user_attr(SECONDS, round(sum(row.get("seconds", 0.0) for row in rows), 1))
        if name not in metrics:
            measured = ", ".join(metrics) or "nothing"
            self._fail(trial, f"its run has no {name}, or no number of it; it has {measured}")
            return
        trial.set_user_attr(VALUE, metrics[name])
        state = TrialState.PRUNED if is_pruned else TrialState.COMPLETE
        self.study.tell(trial, None if is_pruned else metrics[name], state)
        word = "pruned, " if is_pruned else ""
        self.say(f"trial {trial.number}: {word}{name} {metrics[name]:.4f}{self._best()}")

    def _fail(self, trial: Trial, reason: str) -> None:
        trial.set_user_attr(REASON, reason)
        self.study.tell(trial, state=TrialState.FAIL)
        self.say(f"trial {trial.number}: failed, {reason.splitlines()[0]}")

    def _best(self) -> str:
        complete = self.study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
        if not complete:
            return ""
        best = self.study.best_trial
        return f", best {best.value:.4f} of trial {best.number}"

    def _interrupt(self) -> None:
        """Waits until each run has its checkpoint; its trial is left to go on with."""
        for worker in self._busy():
            worker.interrupt()
        while self._busy():
            self._hear(is_ending=True)


def _allowed(session: Session) -> list[str]:
    """The distributions of the allow list, none where there is no such list."""
    names = {point.distribution for point in session.registry.points}
    allowed = sorted(name for name in names if session.registry.is_allowed(name))
    return [] if len(allowed) == len(names) else allowed
