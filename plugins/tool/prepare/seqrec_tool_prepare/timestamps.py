"""Times of events: numbers, dates, or text that holds either."""

import re
from datetime import UTC, datetime
from typing import Any

import attrs
import numpy as np
import polars as pl

__all__ = ["Clock", "clocks"]

_DATE = r"\d{4}-\d\d-\d\d"
_ISO = {
    rf"{_DATE}": "%Y-%m-%d",
    rf"{_DATE} \d\d:\d\d": "%Y-%m-%d %H:%M",
    rf"{_DATE}T\d\d:\d\d": "%Y-%m-%dT%H:%M",
    rf"{_DATE} \d\d:\d\d:\d\d(\.\d+)?": "%Y-%m-%d %H:%M:%S%.f",
    rf"{_DATE}T\d\d:\d\d:\d\d(\.\d+)?": "%Y-%m-%dT%H:%M:%S%.f",
    rf"{_DATE} \d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)": "%Y-%m-%d %H:%M:%S%.f%#z",
    rf"{_DATE}T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)": "%Y-%m-%dT%H:%M:%S%.f%#z",
}


@attrs.frozen
class Clock:
    """One way to read the column "timestamp": an expression that is null where it does not apply.

    Its values are exact, so that they order events; `stored` turns them into what is written:
    whole seconds of UTC for dates, numbers rounded down for numbers.
    """

    name: str
    read: pl.Expr
    ticks: int = 1

    def stored(self, exact: np.ndarray | float) -> np.ndarray:
        """Whole numbers (E,) for the exact times (E,)."""
        whole: np.ndarray = np.floor_divide(exact, self.ticks)
        return whole.astype(np.int64)

    def moment(self, text: str) -> float | None:
        """The exact time that text of the form of these times stands for, None if it is not."""
        try:
            if self.ticks == 1:
                number = int(text) if text.lstrip("-").isdigit() else float(text)
                return number if abs(number) < 2**63 else None
            when = datetime.fromisoformat(text)
        except ValueError:
            return None
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * self.ticks


def clocks(dtype: pl.DataType, sample: Any, time_format: str | None) -> list[Clock]:
    """The ways in which a column of this type may be read, the strictest first.

    `sample` is a value of the column: text is read as dates of its form, or as numbers.
    """
    column = pl.col("timestamp")
    if dtype.is_temporal() and not isinstance(dtype, (pl.Duration, pl.Time)):
        return [_dates("a date", column)]
    if time_format is not None:
        return [_dates(f"a date of the form {time_format}", _parsed(time_format))]
    if isinstance(sample, str):
        for pattern, form in _ISO.items():
            if re.fullmatch(pattern, sample.strip()):
                return [_dates(f"a date like the others ({form})", _parsed(form))]
    number = column.cast(pl.Float64, strict=False)
    return [
        *([Clock("a whole number", column.cast(pl.Int64, strict=False))] * (not dtype.is_float())),
        Clock("a 64-bit number or an ISO date", pl.when(number.abs() < 2**63).then(number)),
    ]


def _parsed(form: str) -> pl.Expr:
    text = pl.col("timestamp").cast(pl.String).str.strip_chars()
    return text.str.to_datetime(form, strict=False, time_unit="us")


def _dates(name: str, read: pl.Expr) -> Clock:
    return Clock(name, read.dt.epoch("us"), ticks=1_000_000)
