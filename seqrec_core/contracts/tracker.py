"""What follows a run: curves while it trains, parameters, the end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

__all__ = ["TrackerProto"]


@runtime_checkable
class TrackerProto(Protocol):
    """Is told of a run by its first process: start, values as they come, finish."""

    def start(self, folder: Path, recipe: Mapping[str, Any], resumed: bool) -> None:
        """A run begins, or goes on: its folder, and its resolved recipe as plain data."""

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Values by name after so many optimiser steps; the same step may come again."""

    def finish(self, state: str) -> None:
        """The run is over: "finished", "interrupted" or "failed"."""
