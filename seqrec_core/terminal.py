"""Where tables are printed."""

import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

__all__ = ["console", "listing", "table"]

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


def listing(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Table:
    """The table of many rows on a console of `width`, quickly: rendering goes by the cell.

    Where it is wide enough, each column is one cell of many lines.
    """
    lines = list(zip(columns, *rows, strict=True))
    needed = sum(max(map(len, column)) for column in lines) + 2 * len(columns)
    joined = [["\n".join(cells) for _, *cells in lines]]
    filled = table(*columns)
    for row in joined if rows and needed <= width else rows:
        filled.add_row(*row)
    return filled
