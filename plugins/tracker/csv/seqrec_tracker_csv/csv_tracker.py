"""Values of a run as lines of a CSV file, which can be read while it trains."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from seqrec_core.errors import DataError
from seqrec_core.whole_files import write_text

HEADER = "step,name,value\n"
NEVER = -1  # before every step

Line = tuple[int, str, float]


class CsvTracker:
    """Adds a line `step,name,value` for each value, and leaves none of them in a buffer.

    `file` is a path below the run's folder. In that of a resumed run the steps that it makes again
    take the place of those that were there, and a line that was cut short by the end of its
    process goes; a new run begins the file anew.
    """

    def __init__(self, file: str = "logs/metrics.csv") -> None:
        self.file = file
        self._path = Path(file)
        self._earlier: list[Line] = []
        self._again: float = NEVER  # lines up to this step may stand in the file already
        self._since: list[Line] = []

    def start(self, folder: Path, recipe: Mapping[str, Any], resumed: bool) -> None:
        """Prepares the file; DataError where another kind of file is there, or a damaged one."""
        self._path = folder / self.file
        self._path.parent.mkdir(parents=True, exist_ok=True)
        before = _lines(self._path) if self._path.is_file() else []
        self._earlier, self._since = before if resumed else [], []
        self._again = max((step for step, _, _ in self._earlier), default=NEVER)
        self._write()

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Adds the values at once."""
        lines = [(step, name, float(value)) for name, value in values.items()]
        if step > self._again:
            self._earlier, self._since = [], []
            with self._path.open("a", encoding="utf-8", newline="") as file:
                file.write(_text(lines))
            return
        # only the first values say where a resumed run goes on
        self._again = step
        self._earlier = [
            line
            for line in self._earlier
            if line[0] < step or (line[0] == step and line[1] not in values)
        ]
        self._since += lines
        self._write()

    def finish(self, state: str) -> None:
        """Every line is written already."""

    def _write(self) -> None:
        write_text(self._path, HEADER + _text([*self._earlier, *self._since]))


def _text(lines: Iterable[Line]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def _lines(path: Path) -> list[Line]:
    """The lines of a file but one that was cut short; DataError where it holds something else."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        text = file.read()
    whole = text[: text.rfind("\n") + 1]
    if not text.startswith(HEADER) and not HEADER.startswith(text):
        raise DataError(
            f"{path} begins otherwise than {HEADER.strip()!r}, so it is not overwritten; move it "
            "away, or name another file"
        )
    rows = [*csv.reader(io.StringIO(whole[len(HEADER) :]))]
    lines = []
    for number, row in enumerate(rows, start=2):
        try:
            step, name, value = row
            lines.append((int(step), name, float(value)))
        except ValueError as cause:
            if number > len(rows):  # the last one, cut short within a name
                break
            raise DataError(
                f"{path}: row {number} is {row!r:.80}, and not a step, a name and a number; "
                "restore the file, or move it away"
            ) from cause
    return lines
