"""Where a user's history is cut into training, validation and test: two numbers a user.

A history of n events, oldest first, is [0, a) training, [a, b) validation, [b, n) test.
"""

import numpy as np

from seqrec_core.errors import DataError
from seqrec_tool_prepare.time_ranks import TimeRanks
from seqrec_tool_prepare.timestamps import Clock

__all__ = ["SHORTEST", "cut", "cut_at", "leave_one_out", "moments"]

SHORTEST = 3  # events a user needs for one of each split


def cut(
    lengths: np.ndarray, times: np.ndarray | None, begins: list[float] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Cuts a and b (U,): at the two moments `begins`, or to leave one out where it is None.

    `times` (E,) holds the users one after another, `lengths` (U,) events each.
    """
    if begins is None or times is None:
        return leave_one_out(lengths)
    return cut_at(lengths, times, *begins)


def leave_one_out(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cuts a and b (U,): the last event is test, the one before it validation.

    Users of fewer than three events are training alone.
    """
    enough = lengths >= SHORTEST
    return lengths - 2 * enough, lengths - enough


def cut_at(
    lengths: np.ndarray, times: np.ndarray, validate_from: float, test_from: float
) -> tuple[np.ndarray, np.ndarray]:
    """Cuts a and b (U,): events at or after a moment belong to the split that begins with it.

    `times` (E,) holds the users one after another, `lengths` (U,) events each.
    """
    user = np.repeat(np.arange(len(lengths)), lengths)

    def before(moment: float) -> np.ndarray:
        return np.bincount(user[times < moment], minlength=len(lengths))

    return before(validate_from), before(test_from)


def moments(times: TimeRanks, clock: Clock, *begins: float | str) -> list[float]:
    """Exact times for what the user says: quantiles between 0 and 1 of `times`, or moments.

    The q-quantile is the time of event number floor(q * E) in the order of time.
    Raises DataError for what is neither, where the moments do not ascend, and where no event
    is before the first.
    """
    cuts = [_moment(times, clock, value) for value in begins]
    if cuts != sorted(set(cuts)):
        raise DataError(
            f"validation must begin before test; {begins} stand for the times "
            f"{clock.stored(np.array(cuts)).tolist()}: move them apart"
        )
    if cuts[0] <= times.least:
        raise DataError(
            f"no event is before {begins[0]!r}, where validation begins, and nothing is left to "
            "train on: move --validate-from up"
        )
    return cuts


def _moment(times: TimeRanks, clock: Clock, value: float | str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = np.nan
    if 0 < share < 1:
        return times.at(int(share * times.count))
    moment = clock.moment(str(value))
    if moment is None:
        form = "a number" if clock.ticks == 1 else "an ISO date"
        raise DataError(
            f"{value!r} is no moment to split at: give a quantile between 0 and 1, or {form}, "
            "as the timestamps of the file are"
        )
    return moment
