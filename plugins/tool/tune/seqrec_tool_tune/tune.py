"""`seqrec tune`: from a spec and a space to the best settings that a search finds."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import attrs
import optuna
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.study import Study
from rich.console import Console
from seqrec_tool_run.resumption import check_place
from seqrec_tool_run.run_folder import RunFolder

from seqrec_core.agreement import check_agreement
from seqrec_core.errors import SeqrecError
from seqrec_core.session import DEFAULT, Session, dump, load, load_resolved
from seqrec_core.terminal import echo
from seqrec_core.whole_files import write_json
from seqrec_tool_tune.search import Question, Search
from seqrec_tool_tune.search_space import read_space
from seqrec_tool_tune.study_folder import BEST, PAGE, StudyFolder
from seqrec_tool_tune.study_journal import storage_at
from seqrec_tool_tune.study_page import write_page
from seqrec_tool_tune.trial_facts import TrialFacts, facts_of
from seqrec_tool_tune.trial_workers import usual_threads
from seqrec_tool_tune.tuned_metric import TunedMetric

Pruner = Literal["median", "hyperband", "none"]
STARTUP, WARMUP = 5, 2  # trials, and validations of each, that the median does not end


@attrs.frozen
class SearchResult:
    """What a search came to: its trials, best first, the question, and the best one's spec."""

    folder: Path
    question: Question
    trials: Sequence[TrialFacts]
    spec: Mapping[str, Any] | None

    @property
    def best(self) -> TrialFacts | None:
        """The best finished trial."""
        return next((fact for fact in self.trials if fact.state == "finished"), None)


def tune(
    spec: Path | Mapping[str, Any],
    space: Path,
    out: Path,
    *,
    overrides: Sequence[str] = (),
    trials: int = 20,
    timeout: float | None = None,
    jobs: int = 1,
    threads: int | None = None,
    monitor: str | None = None,
    pruner: Pruner = "median",
    seeds: bool = False,
    resume: bool = False,
    session: Session = DEFAULT,
    console: Console | None = None,
) -> SearchResult:
    """Searches for better settings of a spec; `out` gets a run a trial, a page and the best spec.

    `trials` counts all of the search, those before a resumption, too. Raises SpecError with every
    fault of spec and space, SeqrecError where `monitor` is no metric to search by, where `out`
    holds another search, and where no trial succeeds; KeyboardInterrupt once all is stored.
    """
    question = _question(spec, space, overrides, monitor, seeds, session)
    recipe = load_resolved(question.base, session=session, quietly=True).recipe
    check_place(out, recipe)
    folder = StudyFolder(out)
    console = console or Console(stderr=True, markup=False, emoji=False)
    with RunFolder(out).held("tune", console):
        folder.open(_asked(question, pruner), resume)
        storage = storage_at(out)
        study = optuna.create_study(
            storage=storage,
            study_name="trials",
            direction=question.metric.direction,
            pruner=_pruner(pruner),
            load_if_exists=True,
        )
        search = Search(
            question=question,
            study=study,
            storage=storage,
            folder=folder,
            session=session,
            say=lambda line: echo(line, error=True),
            jobs=jobs,
            threads=threads or usual_threads(jobs),
        )
        try:
            search.run(trials, timeout)
        finally:
            result = _result(study, question, folder, session)
    _check_success(result)
    return result


def _question(
    spec: Path | Mapping[str, Any],
    space: Path,
    overrides: Sequence[str],
    monitor: str | None,
    seeds: bool,
    session: Session,
) -> Question:
    recipe = load_resolved(spec, overrides, session).recipe
    check_agreement(recipe, session.registry)
    metric = TunedMetric.of(recipe, monitor)
    base = dump(load(spec, overrides, session), session)
    return Question(base, read_space(space, base, session), metric, recipe.seed, seeds)


def _asked(question: Question, pruner: Pruner) -> dict[str, Any]:
    """What must not change while a search goes on."""
    space = {
        path: {key: value for key, value in attrs.asdict(part).items() if value is not None}
        for path, part in question.space.items()
    }
    return {
        "spec": question.base,
        "space": space,
        "monitor": question.metric.stored,
        "pruner": pruner,
        "seeds": question.has_seeds,
    }


def _pruner(name: Pruner) -> BasePruner:
    if name == "hyperband":
        return HyperbandPruner()
    return NopPruner() if name == "none" else MedianPruner(STARTUP, WARMUP)


def _result(
    study: Study, question: Question, folder: StudyFolder, session: Session
) -> SearchResult:
    """Writes the page and the best spec, and gives what they show."""
    facts = facts_of(study, question)
    write_page(folder.path / PAGE, facts, study, question)
    result = SearchResult(folder.path, question, facts, None)
    if result.best is None:
        return result
    spec = question.spec(result.best.parameters, result.best.number, session)
    write_json(folder.path / BEST, spec)
    return attrs.evolve(result, spec=spec)


def _check_success(result: SearchResult) -> None:
    """Raises SeqrecError where every trial has failed."""
    failed = sorted(
        (fact.number, fact.reason or "") for fact in result.trials if fact.state == "failed"
    )
    if failed and len(failed) == len(result.trials):
        number, reason = failed[0]
        raise SeqrecError(f"all {len(failed)} trials failed; trial {number}: {reason}")


def next_step(result: SearchResult) -> str:
    """What to type next."""
    if result.best is None:
        return "no trial finished; go on with --resume and more --trials, or with --pruner none"
    run = shlex.quote(str(StudyFolder(result.folder).trial(result.best.number)))
    spec = shlex.quote(str(result.folder / BEST))
    return (
        f"best: trial {result.best.number}, a run of its own: seqrec evaluate {run}\n"
        f"its spec: seqrec fit {spec} --out run"
    )
