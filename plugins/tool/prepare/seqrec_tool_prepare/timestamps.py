"""Times of events: numbers, dates, or text that holds either."""

import re
from datetime import UTC, datetime
from typing import Any

import attrs
import numpy as np
import polars as pl

from seqrec_tool_prepare.time_forms import parsed

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
_MICRO, _NANO = 10**6, 10**9
_FINE = r"\.\d{6}\d*[1-9]"  # text with more digits than microseconds
_NANO_YEARS = (1678, 2261)  # those that 64 bits of nanoseconds hold
_FLOAT_DIGITS = 17  # that a 64-bit float tells apart


@attrs.frozen
class Clock:
    """One way to read the column "timestamp": an expression that is null where it does not apply.

    Its values are exact, so that they order events; `stored` turns them into what is written:
    whole seconds of UTC for dates, numbers rounded down for numbers. `ticks` are those of a second
    in dates, 1 in numbers.
    """

    name: str
    read: pl.Expr
    ticks: int = 1

    @property
    def is_date(self) -> bool:
        """Whether times are dates, not numbers of any unit."""
        return self.ticks > 1

    def stored(self, exact: np.ndarray | float) -> np.ndarray:
        """Whole numbers (E,) for the exact times (E,)."""
        whole: np.ndarray = np.floor_divide(exact, self.ticks)
        return whole.astype(np.int64)

    def moment(self, text: str) -> float | None:
        """The exact time that text of the form of these times stands for, None if it is not."""
        try:
            if not self.is_date:
                number = int(text) if text.lstrip("-").isdigit() else float(text)
                return number if abs(number) < 2**63 else None
            when = datetime.fromisoformat(text)
        except ValueError:
            return None
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        seconds = int(when.replace(microsecond=0).timestamp())
        return seconds * self.ticks + when.microsecond * self.ticks // _MICRO


def clocks(dtype: pl.DataType, sample: Any, time_format: str | None) -> list[Clock]:
    """The ways in which a column of this type may be read, the strictest first.

    `sample` is a value of the column: text is read as dates of its form, or as numbers.
    Raises DataError for a form of dates that cannot be read.
    """
    column = pl.col("timestamp")
    if dtype.is_temporal() and not isinstance(dtype, (pl.Duration, pl.Time)):
        if isinstance(dtype, pl.Datetime) and dtype.time_unit == "ns":
            return [Clock("a date", column.dt.epoch("ns"), _NANO)]
        return [Clock("a date", column.dt.epoch("us"), _MICRO)]
    if time_format is not None:
        return _dates(f"a date of the form {time_format}", time_format)
    if isinstance(sample, str):
        for pattern, form in _ISO.items():
            if re.fullmatch(pattern, sample.strip()):
                return _dates(f"a date like the others ({form})", form)
    number = column.cast(pl.Float64, strict=False)
    is_exact = number.abs() < 2**63
    if dtype == pl.String:
        digits = column.str.replace_all(r"[^0-9]", "").str.strip_chars("0").str.len_bytes()
        is_exact &= digits <= _FLOAT_DIGITS
    return [
        *([Clock("a whole number", column.cast(pl.Int64, strict=False))] * (not dtype.is_float())),
        Clock("a 64-bit number or an ISO date", pl.when(is_exact).then(number)),
    ]


def _dates(name: str, form: str) -> list[Clock]:
    """Read as microseconds; where that would lose digits, as nanoseconds."""
    text = pl.col("timestamp").cast(pl.String).str.strip_chars()
    micro = parsed(text, form, "us")
    coarse = Clock(name, pl.when(~text.str.contains(_FINE)).then(micro).dt.epoch("us"), _MICRO)
    fits = micro.dt.year().is_between(*_NANO_YEARS)
    fine = Clock(name, pl.when(fits).then(parsed(text, form, "ns")).dt.epoch("ns"), _NANO)
    return [coarse, fine] if "%.f" in form or "%f" in form else [coarse]
