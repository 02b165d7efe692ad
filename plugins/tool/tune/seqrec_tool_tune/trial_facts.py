"""The trials of a search, best first: as data for scripts, and as a table."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState
from rich.table import Table

from seqrec_core.terminal import table
from seqrec_tool_tune.search import EPOCHS, REASON, SECONDS, VALUE, Question

STATES = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "interrupted",
    TrialState.WAITING: "waiting",
}


@attrs.frozen
class TrialFacts:
    """One trial: what it changed, and what came of it; `value` is the best of its run."""

    number: int
    state: str
    value: float | None
    parameters: Mapping[str, Any]
    epochs: float | None
    seconds: float | None
    reason: str | None


def facts_of(study: Study, question: Question) -> list[TrialFacts]:
    """Finished trials first, then pruned ones, each best first, then those without a value."""
    sign = 1 if question.metric.is_smaller_better else -1
    order = [*STATES.values()]

    def rank(fact: TrialFacts) -> tuple[int, float, int]:
        value = 0.0 if fact.value is None else sign * fact.value
        return order.index(fact.state), value, fact.number

    trials = study.get_trials(deepcopy=False)
    return sorted((_facts(trial, question) for trial in trials), key=rank)


def facts_table(facts: Sequence[TrialFacts], question: Question) -> Table:
    """One row a trial."""
    paths = [*question.space]
    rows = table("trial", *paths, question.metric.stored, "epochs", "seconds", "state", "reason")
    for fact in facts:
        cells = [_text(fact.parameters[path]) if path in fact.parameters else "" for path in paths]
        value = "" if fact.value is None else f"{fact.value:.4f}"
        spent = ["" if each is None else f"{each:g}" for each in (fact.epochs, fact.seconds)]
        reason = (fact.reason or "").partition("\n")[0]
        rows.add_row(str(fact.number), *cells, value, *spent, fact.state, reason)
    return rows


def _facts(trial: FrozenTrial, question: Question) -> TrialFacts:
    values = {
        path: question.space[path].value(trial.params[path])
        for path in question.space
        if path in trial.params
    }
    attributes = trial.user_attrs
    return TrialFacts(
        trial.number,
        STATES[trial.state],
        attributes.get(VALUE),
        values,
        attributes.get(EPOCHS),
        attributes.get(SECONDS),
        attributes.get(REASON),
    )


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else value_text(value)


def value_text(value: Any) -> str:
    """A value as a person writes it."""
    return value if isinstance(value, str) else json.dumps(value)
