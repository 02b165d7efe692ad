"""What a run went through, as a CSV file: one row each time a trainer recorded one."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqrec_core.contracts import Row


class HistoryCsv:
    """The file at a path; with `goes_on` its rows stay, those apart that are recorded again."""

    def __init__(self, path: Path, goes_on: bool = False) -> None:
        self.path = path
        self._rows: list[Mapping[str, Any]] = []  # earlier ones as the text they are
        if goes_on and path.is_file():
            self._rows += _texts(path)

    def record(self, row: "Row") -> None:
        """Adds a row after all that were earlier, and writes the file."""
        self._rows = [each for each in self._rows if _place(each) < _place(row)]
        self._rows.append(row)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_rows(self._rows, self.path)


def write_rows(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Writes rows as CSV; a column that a row lacks stays empty there."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def read_rows(path: Path) -> "list[Row]":
    """Rows of a CSV that `write_rows` made; empty fields are left out."""
    return [{name: float(text) for name, text in row.items()} for row in _texts(path)]


def _texts(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return [{name: text for name, text in row.items() if text} for row in csv.DictReader(file)]


def _place(row: Mapping[str, Any]) -> tuple[float, float]:
    """Where in the training a row stands."""
    return float(row.get("epoch", 0)), float(row.get("step", 0))
