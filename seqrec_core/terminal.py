"""Where tables are printed; what commands a terminal in their text is shown, not obeyed."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from seqrec_core.printable import copies, echo, printable

__all__ = ["console", "echo", "listing", "printable", "progress_console", "silence", "table"]

_PIPE_WIDTH = 180
_silent = False


class _PlainConsole(Console):
    """Escapes text before it is measured where that is a string, and all that is rendered.

    What is printed goes to the log file as well, if there is one.
    """

    def print(self, *objects: Any, **settings: Any) -> None:
        super().print(*objects, **settings)
        if not copies or self.stderr:
            return
        plain = _PlainConsole(width=_PIPE_WIDTH, markup=False, emoji=False, color_system=None)
        with plain.capture() as text:
            Console.print(plain, *objects, **settings)
        for line in filter(None, map(str.rstrip, text.get().splitlines())):
            for copy in copies:
                copy(line)

    def render_str(self, text: str, **settings: Any) -> Text:
        return super().render_str(printable(text), **settings)

    def render(self, *arguments: Any) -> Iterable[Segment]:
        for segment in super().render(*arguments):
            is_safe = segment.control or segment.text.isprintable()
            yield segment if is_safe else Segment(printable(segment.text), segment.style)


def console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal; wide enough for whole names in a pipe or a file.

    With `stderr` it is the error output, for what stands beside a result.
    """
    width = None if (sys.stderr if stderr else sys.stdout).isatty() else _PIPE_WIDTH
    # brackets and colons are the text's own
    return _PlainConsole(width=width, markup=False, emoji=False, stderr=stderr)


def progress_console() -> Console:
    """The same for what passes by, such as the lines of epochs: `seqrec -q` leaves that out."""
    screen = console()
    screen.quiet = _silent
    return screen


def silence(is_silent: bool = True) -> None:
    """Has consoles of progress print nothing from now on."""
    global _silent
    _silent = is_silent


def table(*columns: str, right: int = 0) -> Table:
    """An empty table in the one style of seqrec; the last `right` columns are numbers."""
    rows = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for column in rows.columns:
        column.overflow = "fold"  # a name that is cut cannot be typed
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
