"""Where tables are printed."""

import sys

from rich import box
from rich.console import Console
from rich.table import Table

__all__ = ["console", "table"]

_PIPE_WIDTH = 180


def console() -> Console:
    """A console as wide as the terminal; wide enough for whole names in a pipe or a file."""
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(width=width, markup=False, emoji=False)  # brackets and colons are the text's own


def table(*columns: str, right: int = 0) -> Table:
    """An empty table in the one style of seqrec; the last `right` columns are numbers."""
    rows = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for column in rows.columns[len(columns) - right :]:
        column.justify = "right"
    return rows
