"""The stage at work, as a line on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

__all__ = ["StageProto", "stage_line"]


class StageProto(Protocol):
    """What says which stage is at work, and how many of its steps are done."""

    def __call__(self, name: str, done: int = 0, total: int = 1) -> None:
        """A total of one step leaves open how far it has come."""


@contextmanager
def stage_line(console: Console | None = None) -> Iterator[StageProto]:
    """A line that shows the stage it is called with; gone at the end, and on a terminal alone.

    `console` is stderr by default.
    """
    console = console or Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as line:
        task = line.add_task("opening")

        def show(name: str, done: int = 0, total: int = 1) -> None:
            line.update(
                task,
                description=name,
                completed=done,
                total=total if done or total > 1 else None,
            )

        yield show
