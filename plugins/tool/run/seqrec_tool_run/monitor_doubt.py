"""Whether the metric that was to choose the best weights did choose."""

import math

from seqrec_core.contracts import Outcome
from seqrec_core.spec import TrainerSpec


def doubt_of(trainer: TrainerSpec | None, outcome: Outcome) -> str:
    """What to tell a person where the monitored metric chose nothing: it never moved, or was none.

    Empty where it did choose.
    """
    monitor = (trainer or TrainerSpec()).monitored()
    values = [row[monitor] for row in outcome.rows if monitor in row]
    kept = "first" if outcome.best else "last"
    if unknown := sum(map(math.isnan, values)):
        return f"{monitor} was not a number in {unknown:,} of {len(values):,} validations" + (
            "" if outcome.best else f": the weights are those of the {kept}"
        )
    if len(values) < 2 or len(set(values)) > 1:
        return ""
    return (
        f"{monitor} was {values[0]:.4f} in all {len(values):,} validations, so that it chose no "
        f"best epoch, and the weights are those of the {kept}: monitor another metric, or a larger "
        "cut-off, or validate on more users"
    )
