"""Whether events stand in the order of their times, times are of one unit, and requests later."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from seqrec_library_data_checks.finding import Finding
from seqrec_library_data_checks.nested_values import NestedValues

UNITS = ("seconds", "milliseconds", "microseconds", "nanoseconds")
_LEAST = 1e8  # seconds: before 1973 nothing is logged, and numbers may count anything
_BORDERS = (1e11, 1e14, 1e17)


def time_findings(times: NestedValues, file: str, column: str, first_row: int) -> Iterator[Finding]:
    """Rows in which a time is less than that before it, or of another unit than the first."""
    numbers = times.numbers
    if not len(numbers):
        return
    goes_back = np.zeros(len(numbers), bool)
    goes_back[1:] = numbers[1:] < numbers[:-1]
    begins = times.offsets[0][:-1]
    goes_back[begins[begins < len(numbers)]] = False
    if goes_back.any():
        rows = np.unique(times.rows_of(np.flatnonzero(goes_back)))
        yield Finding(
            file=file, column=column, row=first_row + int(rows[0]), count=len(rows),
            message="times that go back: the last event is not the latest",
            remedy="sort the events of each row by time, in every column",
        )  # fmt: skip
    is_date = numbers > _LEAST
    if not is_date.any():
        return
    ends = numbers[is_date].min(), numbers[is_date].max()
    if np.searchsorted(_BORDERS, ends[0]) == np.searchsorted(_BORDERS, ends[1]):
        return
    units = np.searchsorted(_BORDERS, numbers)
    common = np.bincount(units[is_date]).argmax()
    rows = np.unique(times.rows_of(np.flatnonzero(is_date & (units != common))))
    other = units[is_date & (units != common)][0]
    yield Finding(
        file=file, column=column, row=first_row + int(rows[0]), count=len(rows),
        message=f"times look like {UNITS[other]}, and others like {UNITS[common]}",
        remedy="write all in one unit",
    )  # fmt: skip


def request_findings(
    request: NestedValues, last: NDArray[np.int64], file: str, column: str, first_row: int
) -> Iterator[Finding]:
    """Rows that are asked for before their last event, at times `last` (rows,), 0 for none."""
    is_known = np.asarray(request.leaf.is_valid()) & (last != 0)
    rows = np.flatnonzero(is_known & (request.numbers < last))
    if len(rows):
        asked, event = request.numbers[rows[0]], last[rows[0]]
        yield Finding(
            file=file, column=column, row=first_row + int(rows[0]), count=len(rows),
            message=f"asked at {asked}, before the last event of the row, at {event}",
            remedy="write a time at or after the last event, in the same unit",
        )  # fmt: skip
