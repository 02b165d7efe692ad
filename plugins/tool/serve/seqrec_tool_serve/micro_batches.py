"""Answers to questions of several clients, in as few passes of the model as exactness allows.

Questions share a pass where they differ in their history, user, time, and in what can be cut off
afterwards: it asks for as many items as the most demanding of them, and each takes its own of it.
Excluded items are asked for beyond `top_k` and dropped, or left out of the candidates. What one
question is refused for concerns no other.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
from seqrec_tool_recommend.reading_error import Place, ReadingError, UnknownItemError
from seqrec_tool_recommend.recommender import Recommendation, Recommender

from seqrec_core.errors import DataError
from seqrec_tool_serve.questions import Question
from seqrec_tool_serve.refusal import RefusalError, unknown_item

__all__ = ["answers_of"]

_log = logging.getLogger("seqrec.serve")
_FEW_ITEMS, _SHORT = 32, 128  # up to which sizes are alike
_SCORES = 1 << 16  # of a pass with candidates: what it holds at once

Items = list[Recommendation]


@attrs.frozen(eq=False)
class _Task:
    """A question as the model is asked it: how many items, among which, and which are dropped."""

    place: int
    question: Question
    top_k: int
    candidates: list[Any] | None
    excluded: frozenset[str]

    @property
    def alike(self) -> tuple[Any, ...]:
        """What the questions of one pass have in common."""
        question = self.question
        return (
            question.keep_seen,
            question.skip_unknown,
            self.candidates is None,
            _size(len(question.history), _SHORT),
            0 if self.candidates else _size(self.top_k, _FEW_ITEMS),
        )


def answers_of(
    recommender: Recommender, questions: Sequence[Question]
) -> list[Items | RefusalError]:
    """The best items, or a refusal, for each question; the same as if it were asked alone."""
    answers: list[Items | RefusalError] = [[] for _ in questions]
    passes: dict[tuple[Any, ...], list[_Task]] = defaultdict(list)
    for place, question in enumerate(questions):
        try:
            task = _task(recommender, place, question)
        except RefusalError as refusal:
            answers[place] = refusal
        else:
            passes[task.alike].append(task)
    for tasks in passes.values():
        for few in _few_at_once(tasks):
            for task, answer in zip(few, _answered(recommender, few), strict=True):
                answers[task.place] = answer
    return answers


def _task(recommender: Recommender, place: int, question: Question) -> _Task:
    """What to ask the model; RefusalError for candidates that it does not know."""
    excluded = frozenset(str(item) for item in question.exclude if recommender.knows(item))
    if question.candidates is None:
        return _Task(place, question, question.top_k + len(excluded), None, excluded)
    known = []
    for number, item in enumerate(question.candidates):
        if recommender.knows(item):
            known.append(item)
        elif not question.skip_unknown:
            raise unknown_item(f"candidates[{number}]", item)
    left = [item for item in known if str(item) not in excluded]
    return _Task(place, question, question.top_k, left, frozenset())


def _few_at_once(tasks: list[_Task]) -> Iterable[list[_Task]]:
    """The tasks, those with candidates in parts: all of a part are as wide as the widest."""
    if tasks[0].candidates is None:
        yield tasks
        return
    part: list[_Task] = []
    for task in sorted(tasks, key=lambda each: len(each.candidates or ())):
        if part and (len(part) + 1) * len(task.candidates or ()) > _SCORES:
            yield part
            part = []
        part.append(task)
    yield part


def _answered(recommender: Recommender, tasks: list[_Task]) -> Sequence[Items | RefusalError]:
    """Answers of one pass; where it fails, those who are not at fault are answered without them."""
    try:
        return _asked(recommender, tasks)
    except Exception as fault:
        if len(tasks) == 1:
            return [_refusal(recommender, tasks[0], fault)]
    faults = [_own_fault(recommender, task.question) for task in tasks]
    good = [task for task, fault in zip(tasks, faults, strict=True) if fault is None]
    if len(good) < len(tasks):
        rest = iter(_answered(recommender, good) if good else ())
        return [next(rest) if fault is None else fault for fault in faults]
    return [answer for task in tasks for answer in _answered(recommender, [task])]


def _asked(recommender: Recommender, tasks: list[_Task]) -> list[Items]:
    """One pass."""
    most = max(task.top_k for task in tasks)
    questions = [task.question for task in tasks]
    has_candidates = tasks[0].candidates is not None
    lists = recommender.recommend(
        [question.history for question in questions],
        most,
        at=[question.at for question in questions],
        users=[question.user for question in questions],
        candidates=[task.candidates for task in tasks] if has_candidates else None,
        keep_seen=questions[0].keep_seen,
        skip_unknown=questions[0].skip_unknown,
        batch_size=len(tasks),
    )
    return [_cut(task, items) for task, items in zip(tasks, lists, strict=True)]


def _cut(task: _Task, items: Items) -> Items:
    """What of the items of a pass is the answer to one question."""
    if task.excluded:
        items = [each for each in items if str(each.item) not in task.excluded]
    return items[: task.question.top_k]


def _refusal(recommender: Recommender, task: _Task, fault: Exception) -> RefusalError:
    """Why a question that was asked alone has no answer: by its own fault, or the model's."""
    own = _own_fault(recommender, task.question)
    if own is not None:
        return own
    if isinstance(fault, DataError) and _answers_anything(recommender):
        return RefusalError(422, "history", None, str(fault))
    _log.error("the model failed", exc_info=fault)
    return RefusalError(
        500, "model", None, "the model failed; whoever runs it finds why in its log"
    )


def _own_fault(recommender: Recommender, question: Question) -> RefusalError | None:
    """Why a question cannot be read, None if it can be; the model does not run for it."""
    try:
        recommender.check(
            question.history,
            at=question.at,
            user=question.user,
            skip_unknown=question.skip_unknown,
        )
    except UnknownItemError as fault:
        return unknown_item(f"history[{fault.place.number}]", fault.item)
    except ReadingError as fault:
        where, value = _standing(question, fault.place)
        return RefusalError(422, where, value, fault.said)
    except DataError as fault:
        return RefusalError(422, "history", None, str(fault))
    return None


def _standing(question: Question, place: Place) -> tuple[str, Any]:
    """A place in a question, and what stands there."""
    if place.part == "user":
        return "user", question.user
    if place.part == "at":
        return "at", question.at
    if place.number is None:
        return "history", None
    return f"history[{place.number}]", question.history[place.number]


def _answers_anything(recommender: Recommender) -> bool:
    """Whether the model answers an empty history."""
    try:
        recommender.recommend([[]], 1)
    except Exception:
        return False
    return True


def _size(count: int, floor: int) -> int:
    """Numbers that are at most four times as large as each other, roughly, have the same size."""
    return (max(count, floor) - 1).bit_length() // 2
