"""The number that a search makes better: which, and in which direction."""

import difflib
from collections.abc import Iterator
from typing import Literal

import attrs
from seqrec_tool_run.metrics import OF, TIMED, ranked_name
from seqrec_tool_run.request_time import knows_request_time

from seqrec_core.errors import Fault, SeqrecError, SpecError
from seqrec_core.reading.codec import specs_below
from seqrec_core.spec import CallbackSpec, Recipe

VALIDATE = "validate"


@attrs.frozen
class TunedMetric:
    """A metric of the validation: its name in metrics.json and in the history of a run."""

    stored: str
    in_history: str
    is_smaller_better: bool

    @property
    def direction(self) -> Literal["minimize", "maximize"]:
        """In the words of Optuna."""
        return "minimize" if self.is_smaller_better else "maximize"

    @classmethod
    def of(cls, recipe: Recipe, monitor: str | None) -> "TunedMetric":
        """The one that is asked for, such as `validate/ndcg@10`; else what chooses the weights.

        Raises SeqrecError for one of the test, and one that the runs of the recipe do not measure.
        """
        if recipe.data is None or recipe.trainer is None:
            raise SpecError(
                [
                    Fault(part, "missing; a search trains, as `seqrec fit` does, so it needs one")
                    for part in ("data", "trainer")
                    if getattr(recipe, part) is None
                ]
            )
        split, slash, name = (monitor or recipe.trainer.monitored() or "").rpartition("/")
        _check_split(split if slash else VALIDATE, name)
        callbacks = [*_callbacks(recipe)]
        measured = [callback.measures() for callback in callbacks]
        names = [each for known in measured for each in known or ()]
        if name not in names and None not in measured:
            raise SeqrecError(_not_measured(name, names))
        smaller = {each for callback in callbacks for each in callback.smaller_is_better()}
        stored = f"{ranked_name(VALIDATE, is_timed=knows_request_time(recipe))}/{name}"
        return cls(stored, name, name in smaller)


def _callbacks(recipe: Recipe) -> Iterator[CallbackSpec]:
    for _, part in specs_below(recipe.trainer, "trainer"):
        if isinstance(part, CallbackSpec):
            yield part


def _check_split(split: str, name: str) -> None:
    """Raises SeqrecError for what a search must not look at, or cannot."""
    kind = split.partition(OF)[0].removesuffix(TIMED)
    if kind == "test":
        raise SeqrecError(
            f"{split}/{name} is measured on the test users, and settings that are chosen by it fit "
            f"them alone: monitor {VALIDATE}/{name}, and run `seqrec evaluate` once, on the best"
        )
    if kind != VALIDATE or OF in split:
        raise SeqrecError(
            f"{split}/{name} is not measured while a run trains; monitor {VALIDATE}/{name}"
        )


def _not_measured(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name.lower(), names, n=1)
    hint = f"did you mean {VALIDATE}/{close[0]}? " if close else ""
    known = ", ".join(f"{VALIDATE}/{each}" for each in names) or "nothing"
    return (
        f"the runs of this spec do not measure {VALIDATE}/{name}; {hint}measured are {known}: "
        "monitor one of them, or have trainer.metrics measure it"
    )
