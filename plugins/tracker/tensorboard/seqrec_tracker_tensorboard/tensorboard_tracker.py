"""Values of a run as scalars of TensorBoard, and its recipe as text."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter

RECIPE = "recipe"  # the tag of the text


class TensorBoardTracker:
    """Writes each value as a scalar of its name, at once, and the recipe as text.

    `folder` is a path below the run's folder. The log is opened with the first values: only they
    say where a resumed run goes on, and what an earlier process wrote of those steps and later
    ones is hidden. A run that begins anew hides all values that are there. No file goes.
    """

    def __init__(self, folder: str = "logs/tensorboard") -> None:
        self.folder = folder
        self._path = Path(folder)
        self._recipe: Mapping[str, Any] = {}
        self._resumed = False
        self._writer: SummaryWriter | None = None

    def start(self, folder: Path, recipe: Mapping[str, Any], resumed: bool) -> None:
        """Notes where the log goes and what stands in it first."""
        self._path, self._recipe, self._resumed = folder / self.folder, recipe, resumed

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Writes the values."""
        self._writer = self._writer or self._open(step)
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def finish(self, state: str) -> None:
        """Closes the log."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _open(self, step: int) -> SummaryWriter:
        """The log with the recipe, which hides what an earlier one has from this step on."""
        is_first = not any(self._path.glob("events.out.tfevents.*"))
        purged = None if is_first else step if self._resumed else 0
        writer = SummaryWriter(str(self._path), purge_step=purged)
        text = json.dumps(self._recipe, indent=2, ensure_ascii=False)
        writer.add_text(RECIPE, f"```json\n{text}\n```", step)
        return writer
