"""One page about a search: its trials, what they reached, which parameters matter."""

import html
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import optuna
from optuna.study import Study
from seqrec_tool_run.report_page import POLICY, STYLE

from seqrec_core.whole_files import write_text
from seqrec_tool_tune.search import Question
from seqrec_tool_tune.search_space import Choices, Range
from seqrec_tool_tune.study_charts import BLUE, GREY, ORANGE, Axis, Dots, bars, chart
from seqrec_tool_tune.trial_facts import TrialFacts, value_text

Facts = Sequence[TrialFacts]
WIDTH, SLICE = 900, 300  # of a chart, and of the one of a parameter, in pixels


def write_page(path: Path, facts: Facts, study: Study, question: Question) -> None:
    """Writes report.html, which needs no other file."""
    write_text(path, "\n".join(_page(facts, importances(study), question)))


def importances(study: Study) -> Mapping[str, float]:
    """The share of each parameter in what the metric varies by, as fANOVA's kin says; or none.

    PED-ANOVA, Watanabe et al., IJCAI 2023, arXiv:2304.10255. Two finished trials are too few.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return optuna.importance.get_param_importances(study)
        except (ValueError, RuntimeError, ZeroDivisionError):  # too few trials, or all alike
            return {}


def _page(facts: Facts, shares: Mapping[str, float], question: Question) -> Iterator[str]:
    name = html.escape(question.metric.stored)
    yield f'<!doctype html><html lang="en"><meta charset="utf-8">{POLICY}<title>{name}</title>'
    yield f"<style>{STYLE}</style><h1>Search by {name}</h1>"
    valued = [fact for fact in facts if fact.value is not None]
    if valued:
        yield f"<h2>History</h2>{_history(valued, question)}"
    if shares:
        yield f"<h2>Importance of parameters</h2>{bars(shares, WIDTH)}"
    if valued:
        yield f"<h2>Parameters</h2>{''.join(_slices(valued, question))}"
    yield f"<h2>Trials</h2>{_table(facts, question)}"


def _table(facts: Facts, question: Question) -> str:
    heads = ["trial", question.metric.stored, *question.space, "epochs", "seconds", "state"]
    lines = ["".join(f"<th>{html.escape(head)}</th>" for head in heads)]
    for fact in facts:
        cells = [str(fact.number), "" if fact.value is None else f"{fact.value:.4f}"]
        cells += [_cell(fact.parameters.get(path, "")) for path in question.space]
        cells += ["" if each is None else f"{each:g}" for each in (fact.epochs, fact.seconds)]
        cells += [": ".join(filter(None, [fact.state, fact.reason]))]
        lines.append("".join(f"<td>{html.escape(cell)}</td>" for cell in cells))
    rows = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table class="words">{rows}</table>'


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else value_text(value)


def _history(facts: Facts, question: Question) -> str:
    """Each trial's value by its number, and the best of the finished so far."""
    finished, pruned = (_values(facts, state) for state in ("finished", "pruned"))
    bests = accumulate(
        (value for _, value in finished), min if question.metric.is_smaller_better else max
    )
    best = [(number, value) for (number, _), value in zip(finished, bests, strict=True)]
    return chart(
        [
            Dots(best, ORANGE, "best", is_step=True),
            Dots(finished, BLUE, "finished"),
            Dots(pruned, GREY, "pruned"),
        ],
        Axis.of_numbers([fact.number for fact in facts], is_whole=True),
        _value_axis(facts),
        "trial",
        WIDTH,
        300,
    )


def _values(facts: Facts, state: str) -> list[tuple[int, float]]:
    return sorted(
        (fact.number, fact.value)
        for fact in facts
        if fact.state == state and fact.value is not None
    )


def _value_axis(facts: Facts) -> Axis:
    return Axis.of_numbers([fact.value for fact in facts if fact.value is not None])


def _slices(facts: Facts, question: Question) -> Iterator[str]:
    """The value by each parameter alone."""
    y = _value_axis(facts)
    for path, part in question.space.items():
        points = [
            (_number(fact.parameters[path], part), fact.value)
            for fact in facts
            if path in fact.parameters and fact.value is not None
        ]
        yield chart([Dots(points, BLUE)], _axis(part), y, path, SLICE, 240)


def _number(value: Any, part: Range | Choices) -> float:
    return float([*part.values].index(value) if isinstance(part, Choices) else value)


def _axis(part: Range | Choices) -> Axis:
    if isinstance(part, Choices):
        return Axis.of_names([json.dumps(value)[:18].strip('"') for value in part.values])
    if part.log:
        return Axis.of_magnitudes(part.low, part.high)
    return Axis.of_numbers([part.low, part.high], is_whole=isinstance(part.low, int))
