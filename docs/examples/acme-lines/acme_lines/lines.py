"""A run as lines of JSON, which can be read while it trains."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Lines"]


class Lines:
    """Adds a line for the recipe, for each step that has values, and for the end."""

    def __init__(self, file: str):
        self.file = file
        self.path = Path(file)

    def start(self, folder: Path, recipe: Mapping[str, Any], resumed: bool) -> None:
        """A run begins, and so does the file; that of a run that goes on has its lines already."""
        self.path = folder / self.file
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not resumed:
            self.path.write_text("", encoding="utf-8")
            self._add({"recipe": recipe})

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Values by name after so many steps; what is no number becomes null."""
        known = {name: value if math.isfinite(value) else None for name, value in values.items()}
        self._add({"step": step, "values": known})

    def finish(self, state: str) -> None:
        """The run is "finished", "interrupted" or "failed"."""
        self._add({"state": state})

    def _add(self, line: Mapping[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
