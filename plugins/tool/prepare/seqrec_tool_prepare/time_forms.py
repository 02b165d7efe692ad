"""Forms of dates as Python's strptime writes them, for the parser of polars (Rust's chrono)."""

import re
from typing import Literal

import polars as pl

from seqrec_core.errors import DataError

__all__ = ["parsed"]

_DIRECTIVE = re.compile(r"%[#:.]*\d*[a-zA-Z%]|%.?")
_KNOWN = {
    *("%Y", "%y", "%G", "%m", "%b", "%B", "%h", "%d", "%e", "%j", "%V", "%U", "%W", "%u", "%w"),
    *("%a", "%A", "%H", "%k", "%I", "%l", "%p", "%P", "%M", "%S", "%f", "%z", "%s", "%%", "%F"),
    *("%T", "%R", "%D", "%x", "%c", "%X", "%.f", "%.3f", "%.6f", "%.9f", "%3f", "%6f", "%9f"),
    *("%:z", "%#z"),
}
_DAYS = (  # each set of directives says which day it is
    *({"%F"}, {"%D"}, {"%x"}, {"%c"}, {"%s"}, {"year", "%j"}, {"year", "month"}),
    *({"%G", "%V"}, {"year", "%U"}, {"year", "%W"}),
)
_SAME = {"%Y": "year", "%y": "year", "%m": "month", "%b": "month", "%B": "month", "%h": "month"}
_FRACTIONS = ("%3f", "%6f", "%9f")  # chrono's own %f counts nanoseconds


def parsed(text: pl.Expr, form: str, unit: Literal["us", "ns"]) -> pl.Expr:
    """Text as datetimes of UTC, null where it has not this form.

    `%f` is the fraction of a second, as in Python, of any length behind a point and of 3, 6 or 9
    digits elsewhere; `%z` also reads Z. Raises DataError for a directive that has no sure meaning.
    """
    forms = _forms(form)
    readings = [text.str.to_datetime(one, strict=False, time_unit=unit) for one in forms]
    return pl.coalesce(readings).dt.replace_time_zone(None)


def _forms(form: str) -> list[str]:
    directives = _DIRECTIVE.findall(form)
    for one in directives:
        if one not in _KNOWN:
            reason = (
                "names of time zones are no offsets: write them as letters (UTC), or use %z"
                if one == "%Z"
                else f"use those of strptime: {' '.join(sorted(d for d in _KNOWN if len(d) == 2))}"
            )
            raise DataError(f"--time-format {form!r}: {one} cannot be read; {reason}")
    names = {_SAME.get(one, one) for one in directives}
    if not any(day <= names for day in _DAYS):
        raise DataError(f"--time-format {form!r}: no day in it; say it by %Y-%m-%d or the like")
    form = re.sub(r"(?<!%)\.%f", "%.f", form)
    form = re.sub(r"%:?z", "%#z", form)
    forms = [form.replace("%f", one) for one in _FRACTIONS] if "%f" in directives else [form]
    forms = list(dict.fromkeys(forms))
    try:
        pl.Series([""]).str.to_datetime(forms[0], strict=False)
    except pl.exceptions.PolarsError as error:
        text = str(error).splitlines()[0]
        raise DataError(f"--time-format {form!r}: {text}; correct it") from error
    return forms
