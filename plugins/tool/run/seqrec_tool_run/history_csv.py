"""What a run went through, as a CSV file: one row each time a trainer recorded one."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqrec_core.errors import DataError
from seqrec_core.whole_files import sync, write_text

if TYPE_CHECKING:
    from seqrec_core.contracts import Row


HISTORY = "logs/history.csv"  # below the folder of a run


class HistoryCsv:
    """The file at a path; with `goes_on` its rows stay, those apart that are recorded again.

    A last line that was cut short is dropped then. The file is written whole by the first row, and
    by one with columns of its own; others are lines at its end.
    """

    def __init__(self, path: Path, goes_on: bool = False) -> None:
        self.path = path
        self._rows: list[Mapping[str, Any]] = []  # earlier ones as the text they are
        self._columns: list[str] = []
        self._size = -1  # of the file as it was written here
        if goes_on and path.is_file():
            self._rows += _texts(path, repaired=True)

    def row(self, epoch: float | None = None) -> "Row | None":
        """The last row, or the last of an epoch; None where there is none."""
        for row in reversed(self._rows):
            if epoch is None or _place(row)[0] == epoch:
                return {name: float(value) for name, value in row.items()}
        return None

    def record(self, row: "Row") -> None:
        """Adds a row after all that were earlier, to the file too."""
        count = len(self._rows)
        while self._rows and _place(self._rows[-1]) >= _place(row):
            self._rows.pop()
        self._rows.append(row)
        is_whole = self.path.is_file() and self.path.stat().st_size == self._size
        if is_whole and len(self._rows) > count and set(row) <= set(self._columns):
            self._append(row)
        else:
            self._write()

    def settle(self, rows: "Sequence[Row]") -> None:
        """Has the file end where a run ended: rows that it lacks are added, later ones dropped."""
        if not rows:
            return
        places, last = {_place(row) for row in self._rows}, max(map(_place, rows))
        whole = [row for row in self._rows if _place(row) <= last]
        whole += [row for row in rows if _place(row) not in places]
        if len(whole) != len(self._rows) or not places.issuperset(map(_place, rows)):
            self._rows = sorted(whole, key=_place)
            self._write()

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_rows(self._rows, self.path)
        self._columns = _columns(self._rows)
        self._size = self.path.stat().st_size

    def _append(self, row: Mapping[str, Any]) -> None:
        """Adds a line to the file; what cannot be written whole leaves it as it was."""
        text = io.StringIO()
        csv.DictWriter(text, self._columns).writerow(row)
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(text.getvalue())
            sync(self.path)
        except OSError:
            os.truncate(self.path, self._size)
            raise
        self._size = self.path.stat().st_size


def write_rows(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Writes rows as CSV; a column that a row lacks stays empty there."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _columns(rows))
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


def read_rows(path: Path) -> "list[Row]":
    """Rows of a CSV that `write_rows` made; empty fields are left out.

    Raises DataError for a file that holds something else.
    """
    return [{name: float(text) for name, text in row.items()} for row in _texts(path)]


def _texts(path: Path, repaired: bool = False) -> list[dict[str, str]]:
    """Rows as text; with `repaired` those at the end go that were cut short, or are no numbers."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        if repaired and lines and not lines[-1].endswith("\n"):
            lines.pop()
        if lines and not lines[-1].endswith("\n"):
            raise ValueError("its last line is cut short")
        header, *rows = [row for row in csv.reader(lines, strict=True) if row] or [[]]
        if not {"epoch", "step"} <= set(header):
            raise ValueError("line 1 does not name epoch and step")
        while repaired and rows and not _is_whole(rows[-1], header):
            rows.pop()
        for number, row in enumerate(rows, start=2):
            if not _is_whole(row, header):
                raise ValueError(f"line {number} is no row of {len(header)} numbers")
    except (OSError, ValueError, csv.Error) as cause:
        raise DataError(f"{path} is damaged: {cause}; restore it, or remove it") from cause
    return [{name: text for name, text in zip(header, row, strict=True) if text} for row in rows]


def _is_whole(row: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a row has a number, or nothing, for each column."""
    try:
        [float(text) for text in row if text]
    except ValueError:
        return False
    return len(row) == len(header)


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _place(row: Mapping[str, Any]) -> tuple[float, float]:
    """Where in the training a row stands."""
    return float(row.get("epoch", 0)), float(row.get("step", 0))
