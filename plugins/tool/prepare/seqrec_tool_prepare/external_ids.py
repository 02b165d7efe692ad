"""Ids of users and items as the data has them: what makes two of them equal.

Two ids are equal where their text is: `0001` is not `1`, ` a` is not `a`, `A` is not `a`. Integers
of a parquet file equal their decimal text. A column of whole numbers of which some or all are
written as floats (`1.0`, as pandas does beside a missing value) holds these whole numbers.
"""

from collections.abc import Callable

import polars as pl

from seqrec_tool_prepare.blanks import without_blanks
from seqrec_tool_prepare.tables import Table

__all__ = [
    "are_written_as_floats",
    "external",
    "id_values",
    "likely_difference",
    "placeholders",
    "whole_text",
]

_WHOLE_OR_FLOAT = r"^-?(0|[1-9]\d*)(\.0+)?$"
_FRACTION = r"\.0+$"
_EXACT = 2.0**53  # floats up to it hold every whole number
_PLACEHOLDERS = r"^(na|n/a|nan|null|none|nil|undefined|unknown|anonymous|\\n|-|\?)$"


def id_values(table: Table, column: str) -> pl.Expr:
    """A column as ids, int64 or strings, null where it holds none; DataError for another type."""
    dtype = table.frame.collect_schema()[column]
    values = pl.col(column)
    if dtype.is_integer():
        return values.cast(pl.Int64, strict=False)
    if dtype.is_float():
        is_whole = (values == values.floor()) & (values.abs() < _EXACT)
        return pl.when(is_whole).then(values).cast(pl.Int64, strict=False)
    if dtype.is_nested():
        raise table.fault(
            f"ids are integers or strings, not {dtype}; write a row an event, as "
            f"`polars.read_parquet(file).explode([…]).write_parquet(out)` does",
            column=column,
        )
    if dtype not in (pl.String, pl.Categorical, pl.Enum):
        raise table.fault(
            f"ids are integers or strings, not {dtype}; convert them, or name another column",
            column=column,
        )
    return without_blanks(values.cast(pl.String))


def are_written_as_floats(keys: pl.Series) -> bool:
    """Whether texts (N,) are all whole numbers, with some written like 1.0."""
    if keys.dtype != pl.String or not keys.str.contains(_FRACTION).any():
        return False
    return bool(keys.str.contains(_WHOLE_OR_FLOAT).all())


def whole_text(values: pl.Expr) -> pl.Expr:
    """Text like 1.0 as that of the whole number."""
    return values.str.replace(_FRACTION, "")


def external(keys: pl.Series) -> pl.Series:
    """Ids (N,) as people know them: integers where each is the text of one, else as they are."""
    whole = keys.cast(pl.Int64, strict=False)
    if (whole.cast(pl.String) == keys.cast(pl.String)).fill_null(False).all():
        return whole
    return keys


def placeholders(keys: pl.Series) -> pl.Series:
    """True for ids (N,) that look like text for a missing value, such as NA."""
    if keys.dtype != pl.String:
        return keys.is_null()
    return keys.str.to_lowercase().str.contains(_PLACEHOLDERS)


def likely_difference(events: pl.Series, rows: pl.Series, option: str = "--items-id") -> str:
    """What most likely keeps texts (N,) of the events and (M,) of a file of items from matching.

    `option` names the column of the ids in that file.
    """
    plain: dict[str, Callable[[pl.Series], pl.Series]] = {
        "they differ in zeros in front": lambda text: text.str.strip_chars_start("0"),
        "they differ in .0 at the end": lambda text: text.str.replace(_FRACTION, ""),
        "they differ in spaces around them": lambda text: text.str.strip_chars(),
        "they differ in upper and lower case": lambda text: text.str.to_lowercase(),
        "they differ in quote marks around them": lambda text: text.str.strip_chars("'\""),
        "they differ in the form of accents (Unicode)": lambda text: text.str.normalize("NFKC"),
    }
    least = max(1, min(len(events), len(rows)) // 2)
    for cause, alike in plain.items():
        if int(alike(rows).is_in(alike(events).unique().to_list()).sum()) >= least:
            return f"{cause}; write them alike in both files"
    return f"write them alike in both files, or name the column of the ids with {option}"
