"""Small works that engines are tried with; they import nothing that computes."""

import os
import signal
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.errors import DataError

__all__ = ["Doubles", "Fails", "Reads", "Stumbles", "Unopened"]


@attrs.frozen
class Doubles:
    """Answers a number with its double."""

    def open(self, files: Path) -> Callable[[Any], Any]:
        """What answers, see the class."""
        return _double


@attrs.frozen
class Fails:
    """Raises for one piece: a DataError, or what no component of seqrec raises."""

    piece: int
    is_strange: bool = False

    def open(self, files: Path) -> Callable[[Any], Any]:
        """What answers, see the class."""
        return self._answer

    def _answer(self, piece: int) -> int:
        if piece == self.piece and self.is_strange:
            raise StrangeError(piece, "no such star")
        if piece == self.piece:
            raise DataError(f"stars.parquet: row {piece} holds no star")
        return piece


class StrangeError(Exception):
    """One that does not come back from a pickle: its constructor takes two."""

    def __init__(self, number: int, said: str) -> None:
        super().__init__(f"{number}: {said}")


@attrs.frozen
class Reads:
    """Answers a name with the text of that file, among those that were shipped."""

    def open(self, files: Path) -> Callable[[Any], Any]:
        """What answers, see the class."""
        return _Reading(Path(files))


@attrs.frozen
class Stumbles:
    """Doubles; the first process that gets the piece is killed, if it is not `parent`.

    `shared` is a folder that all processes see: there lies a file for each attempt.
    """

    piece: int
    shared: str
    deaths: int = 1
    parent: int = attrs.field(factory=os.getpid)

    def open(self, files: Path) -> Callable[[Any], Any]:
        """What answers, see the class."""
        return self._answer

    def _answer(self, piece: int) -> int:
        if piece == self.piece:
            attempts = [*Path(self.shared).glob("attempt-*")]
            Path(self.shared, f"attempt-{uuid.uuid4().hex}").touch()
            if len(attempts) < self.deaths and os.getpid() != self.parent:
                os.kill(os.getpid(), signal.SIGKILL)
        return 2 * piece


@attrs.frozen
class Unopened:
    """Finds nothing to work with."""

    def open(self, files: Path) -> Callable[[Any], Any]:
        """Raises DataError."""
        raise DataError(f"{Path(files).name}: no bundle there")


@attrs.frozen
class _Reading:
    files: Path

    def __call__(self, name: str) -> tuple[str, int]:
        return self.files.joinpath(name).read_text(), os.getpid()


def _double(piece: int) -> int:
    return 2 * piece
