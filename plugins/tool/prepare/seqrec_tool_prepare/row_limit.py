"""More rows than polars numbers: its usual build has 32 bits for them."""

import polars as pl

from seqrec_core.errors import DataError

__all__ = ["MOST_ROWS", "is_beyond", "refuse_many"]

MOST_ROWS = 2**32 - 1


def refuse_many(name: object, rows: int) -> None:
    """DataError for as many rows (or lines, or events) as polars cannot number."""
    if rows > MOST_ROWS and pl.get_index_type() == pl.UInt32:
        raise DataError(
            f"{name}: {rows:,} rows, and polars numbers {MOST_ROWS:,} at most; prepare with "
            "--engine spark, or install polars[rt64], which numbers more"
        )


def is_beyond(error: BaseException) -> bool:
    """Whether polars says that rows are too many."""
    said = str(error)
    return "maximum length reached" in said or ("row_index" in said and "overflows" in said)
