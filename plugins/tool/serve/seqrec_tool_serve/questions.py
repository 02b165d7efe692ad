"""What clients ask, and what they get: the JSON of requests and answers."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr
from pydantic import ValidationError as InvalidError

from seqrec_tool_serve.refusal import RefusalError

__all__ = ["Limits", "Question", "parsed", "question_of", "questions_of"]

_WHOLE = range(-(1 << 63), 1 << 63)  # numbers of 64 bits
_LONGEST = len(str(_WHOLE[0]))  # of them, in characters
_NAME = 100  # characters of the name of a field that is none


@attrs.frozen
class Limits:
    """How much one client may ask for."""

    history: int = 1_000  # events
    top_k: int = 1_000
    candidates: int = 10_000
    questions: int = 256  # of one request to /recommend/batch
    body: int = 1 << 20  # bytes
    queue: int = 1_024  # questions that wait
    seconds: float = 10.0  # until an answer


class Question(BaseModel):
    """One history, and what of it is asked; everything but the history may be left out."""

    model_config = ConfigDict(extra="forbid")

    history: list[Any] = Field(
        description="Items, oldest first, or events with what the model reads of them: "
        '{"item": 50, "timestamp": "2026-01-31T12:00"}. May be empty.'
    )
    top_k: StrictInt = Field(
        10, ge=1, description="Number of items; the default is never more than allowed."
    )
    at: StrictInt | StrictFloat | StrictStr | None = Field(
        None, description="Time of the request, seconds or a date; by default the last event's."
    )
    user: dict[str, Any] | None = Field(None, description='Features of the user: {"age": 30}.')
    candidates: list[Any] | None = Field(None, description="The only items to choose from.")
    exclude: list[Any] = Field([], description="Items never to recommend, besides those seen.")
    keep_seen: StrictBool = Field(False, description="Recommend items of the history, too.")
    skip_unknown: StrictBool = Field(
        False, description="Leave out items that the model does not know, instead of refusing."
    )


class RankedItem(BaseModel):
    """An item, by its id in the data, with its score and, where there is one, its title."""

    item: Any
    score: float
    title: str | None = None


class Answer(BaseModel):
    """The best items, best first, and the digest of the bundle that says so."""

    items: list[RankedItem]
    bundle: str


class Fault(BaseModel):
    """Where a request is faulty, what stands there, and what to do."""

    where: str
    value: Any
    remedy: str


class Failure(BaseModel):
    """Instead of an answer."""

    error: Fault


class Answers(BaseModel):
    """In the order of the questions: `items` and `bundle`, or `error`."""

    answers: list[Answer | Failure]


def parsed(body: bytes) -> Any:
    """The JSON of a body; RefusalError (400) for what is none, or has numbers beyond 64 bits."""
    try:
        return _JSON.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except (ValueError, RecursionError) as cause:
        text = body[:200].decode(errors="replace")
        remedy = f'the body is no JSON: {cause}; send {{"history": [...]}}'
        raise RefusalError(400, "body", text, remedy) from None


def question_of(data: Any, limits: Limits) -> Question:
    """The question that plain data is; RefusalError (422) for anything else, or for too much."""
    fields = Question.model_fields
    names = data if isinstance(data, Mapping) else ()
    other = next((name for name in names if name not in fields), None)
    if other is not None:
        remedy = f"there is no such field; the fields are {', '.join(fields)}"
        raise RefusalError(422, other[:_NAME], data[other], remedy)
    try:
        question = Question.model_validate(data)
    except InvalidError as invalid:
        first = invalid.errors(include_url=False, include_context=False)[0]
        raise RefusalError(422, _place(first["loc"]), _value(first), _remedy(first)) from None
    if "top_k" not in question.model_fields_set:
        question.top_k = min(question.top_k, limits.top_k)
    for name, count, most, remedy in (
        ("history", len(question.history), limits.history, "give the last events"),
        ("top_k", question.top_k, limits.top_k, "ask for fewer"),
        ("candidates", len(question.candidates or ()), limits.candidates, "name fewer items"),
        ("exclude", len(question.exclude), limits.top_k, "name fewer items, or give candidates"),
    ):
        if count > most:
            raise RefusalError(422, name, count, f"at most {most:,} are taken here; {remedy}")
    return question


def questions_of(data: Any, limits: Limits) -> list[Question | RefusalError]:
    """Those of a request for several; one that is faulty is refused by itself."""
    requests = data.get("requests") if isinstance(data, Mapping) else None
    if not isinstance(requests, list) or len(data) > 1:
        raise RefusalError(422, "body", data, 'send {"requests": [{"history": [...]}, ...]}')
    if len(requests) > limits.questions:
        remedy = f"at most {limits.questions:,} are answered at once; send several requests"
        raise RefusalError(413, "requests", len(requests), remedy)
    return [_one_of_several(number, each, limits) for number, each in enumerate(requests)]


def _one_of_several(number: int, data: Any, limits: Limits) -> Question | RefusalError:
    try:
        return question_of(data, limits)
    except RefusalError as refusal:
        return refusal.within(f"requests[{number}]")


def _place(location: Sequence[int | str]) -> str:
    """Where pydantic saw a fault; the alternatives of `at` are no places."""
    names = location[:1] if location[:1] == ("at",) else location
    path = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in names)
    return path.removeprefix(".") or "body"


def _value(error: Mapping[str, Any]) -> Any:
    """What stands at the place of a fault; nothing does where a field is missing."""
    return None if error["type"] == "missing" else error["input"]


def _remedy(error: Mapping[str, Any]) -> str:
    """What pydantic says, where it says what to do."""
    if error["type"] == "missing":
        return "it is missing; give it"
    if error["loc"][:1] == ("at",):
        return "give seconds, or a date such as 2026-01-31T12:00"
    if not error["loc"]:
        return 'give an object: {"history": [...]}'
    return f"it {error['msg'].removeprefix('Input ')}"


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise ValueError(f"{text[:30]} is too large a number")
    return number


def _whole_number(text: str) -> int:
    if len(text) > _LONGEST or (number := int(text)) not in _WHOLE:
        raise ValueError(f"{text[:30]} is too large a number; ids may be text")
    return number


_JSON = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite, parse_int=_whole_number)
