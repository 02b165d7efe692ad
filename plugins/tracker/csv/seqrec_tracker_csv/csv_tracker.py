"""Values of a run as lines of a CSV file, which can be read while it trains."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from seqrec_core.errors import DataError

HEADER = "step,name,value\n"


class CsvTracker:
    """Adds a line `step,name,value` for each value, and leaves none of them in a buffer.

    `file` is a path below the run's folder. A resumed run adds to what is there, so that steps
    which it makes again are there again; a line that was cut short by the end of its process is
    taken away. A new run begins the file anew.
    """

    def __init__(self, file: str = "logs/metrics.csv") -> None:
        self.file = file
        self._path = Path(file)

    def start(self, folder: Path, recipe: Mapping[str, Any], resumed: bool) -> None:
        """Prepares the file; DataError where a resumed run has another kind of file there."""
        self._path = folder / self.file
        self._path.parent.mkdir(parents=True, exist_ok=True)
        before = self._path.read_bytes() if resumed and self._path.is_file() else b""
        whole = before[: before.rfind(b"\n") + 1]
        if not whole:
            self._path.write_text(HEADER, encoding="utf-8", newline="")
        elif not whole.startswith(HEADER.encode()):
            raise DataError(
                f"{self._path} begins otherwise than {HEADER.strip()!r}, so nothing is added to "
                "it; move it away, or name another file"
            )
        elif whole != before:
            self._path.write_bytes(whole)

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Adds the values at once."""
        self._append((step, name, float(value)) for name, value in values.items())

    def finish(self, state: str) -> None:
        """Every line is written already."""

    def _append(self, rows: Iterable[tuple[int, str, float]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        with self._path.open("a", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())
