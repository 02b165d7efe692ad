"""What a search may change: paths of a spec, with bounds or choices."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from seqrec_core.agreement import disagreements
from seqrec_core.errors import Fault, SeqrecError, SpecError
from seqrec_core.reading.files import data_of_file
from seqrec_core.session import Session, load_resolved

if TYPE_CHECKING:
    from optuna.trial import Trial

Plain = Mapping[str, Any]

EXAMPLE = '{"low": 0.1, "high": 0.5}, or {"choices": [64, 128]}'


@attrs.frozen
class Range:
    """Numbers from low to high, both included; whole ones where both are ints."""

    low: float
    high: float
    log: bool = False
    step: float | None = None

    def samples(self) -> Iterator[tuple[str, Any]]:
        """Values to check, by what they are called in a space."""
        yield "low", self.low
        yield "high", self.high

    def draw(self, trial: "Trial", path: str) -> Any:
        """The value of a trial."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            step = int(self.step or 1)
            return trial.suggest_int(path, self.low, self.high, step=step, log=self.log)
        return trial.suggest_float(path, self.low, self.high, step=self.step, log=self.log)

    def value(self, stored: Any) -> Any:
        """What a study's entry stands for."""
        return stored


@attrs.frozen
class Choices:
    """Values of any kind, a component among them."""

    values: Sequence[Any]

    def samples(self) -> Iterator[tuple[str, Any]]:
        """Values to check, by what they are called in a space."""
        for index, value in enumerate(self.values):
            yield f"choices[{index}]", value

    def draw(self, trial: "Trial", path: str) -> Any:
        """The value of a trial; the study holds it as JSON, which is a name for anything."""
        return self.value(trial.suggest_categorical(path, [*map(json.dumps, self.values)]))

    def value(self, stored: Any) -> Any:
        """What a study's entry stands for."""
        return json.loads(stored)


Space = Mapping[str, Range | Choices]


def read_space(path: Path, base: Plain, session: Session) -> Space:
    """The space of a file, each bound and choice of which fits the spec `base` when it is alone.

    Raises SpecError with every fault, by its place in the space.
    """
    raw = data_of_file(path)
    faults = [] if raw else [Fault("space", f"{path} names nothing to change; write {EXAMPLE}")]
    space: dict[str, Range | Choices] = {}
    for name, content in raw.items():
        wrong = [Fault(name, message) for message in _wrong(content)]
        wrong += [
            Fault(name, f"sets a part of {whole}, which the space sets as a whole; write it there")
            for whole in raw
            if name.startswith(f"{whole}.")
        ]
        faults += wrong
        if not wrong:
            part = _part(content)
            space[name] = _of_field(part, name, base, session)
            faults += _refused(part, name, base, session)
    if faults:
        raise SpecError(faults)
    return space


def assignment(path: str, value: Any) -> str:
    """What `--set` takes for a value at a path."""
    return f"{path}={json.dumps(value)}"


def _part(content: Plain) -> Range | Choices:
    if "choices" in content:
        return Choices(content["choices"])
    low, high, step = content["low"], content["high"], content.get("step")
    if not all(isinstance(each, int) for each in (low, high, 0 if step is None else step)):
        low, high = float(low), float(high)
    return Range(low, high, bool(content.get("log")), step)


def _wrong(content: Any) -> Iterator[str]:
    """What is wrong with one entry of a space in itself."""
    if not isinstance(content, dict) or not content:
        yield f"is {json.dumps(content)}; write {EXAMPLE}"
    elif "choices" in content:
        yield from _wrong_choices(content)
    else:
        yield from _wrong_range(content)


def _wrong_choices(content: Plain) -> Iterator[str]:
    if more := sorted(set(content) - {"choices"}):
        yield f"has choices and {', '.join(more)}; remove what does not belong there"
    values = content["choices"]
    if not isinstance(values, list) or not values:
        yield f"choices is {json.dumps(values)}; list one value or more"
        return
    texts = [json.dumps(value, sort_keys=True) for value in values]
    for text in dict.fromkeys(text for text in texts if texts.count(text) > 1):
        yield f"choices has {text} more than once; remove one"


def _wrong_range(content: Plain) -> Iterator[str]:
    if more := sorted(set(content) - {"low", "high", "log", "step"}):
        yield f"has {', '.join(more)}, which is none of low, high, log, step and choices; remove it"
    numbers = {name: content[name] for name in ("low", "high", "step") if name in content}
    if missing := [name for name in ("low", "high") if name not in content]:
        yield f"lacks {' and '.join(missing)}; write {EXAMPLE}"
    strange = {name: value for name, value in numbers.items() if not _is_number(value)}
    for name, value in strange.items():
        yield f"{name} is {json.dumps(value)}; write a number"
    if not isinstance(content.get("log", False), bool):
        yield f"log is {json.dumps(content['log'])}; write true or false"
    if not missing and not strange:
        yield from _wrong_bounds(**{**content, **numbers})


def _wrong_bounds(
    low: float, high: float, log: bool = False, step: float | None = None, **_: Any
) -> Iterator[str]:
    if low >= high:
        yield f"low is {low} and high is {high}; high must be larger"
    if log and low <= 0:
        yield f"low is {low}, and with log it must be larger than 0"
    if log and step is not None:
        yield "has log and step; remove one"
    if step is not None and not 0 < step <= high - low:
        yield f"step is {step}; it must be larger than 0 and fit between {low} and {high}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _of_field(part: Range | Choices, name: str, base: Plain, session: Session) -> Range | Choices:
    """Whole bounds of a field that takes fractions, too, bound those as well, without a step."""
    if not isinstance(part, Range) or part.step is not None or isinstance(part.low, float):
        return part
    if _faults(assignment(name, part.low + 0.5), base, session):
        return part
    return attrs.evolve(part, low=float(part.low), high=float(part.high))


def _refused(part: Range | Choices, name: str, base: Plain, session: Session) -> Iterator[Fault]:
    """Faults of the spec with each value of a part, alone."""
    for place, value in part.samples():
        for fault in _faults(assignment(name, value), base, session):
            at = "" if fault.path == name else f"{fault.path} "
            yield Fault(f"{name}.{place}", f"{json.dumps(value)}: {at}{fault.message}")


def _faults(change: str, base: Plain, session: Session) -> Sequence[Fault]:
    try:
        recipe = load_resolved(base, [change], session, quietly=True).recipe
        return disagreements(recipe, session.registry)
    except SpecError as error:
        return error.faults
    except SeqrecError as error:
        return [Fault("", str(error))]
