"""What a command says besides its results: on the error output with `-v`, and in a log file."""

import importlib.metadata
import logging
import platform
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from seqrec_core.errors import SeqrecError
from seqrec_core.printable import copies, printable, without_secrets

__all__ = ["keep_in", "log", "show_details", "versions"]

log = logging.getLogger("seqrec")


class _Formatter(logging.Formatter):
    """Leaves out secrets, and what commands a terminal, of messages and tracebacks alike."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(printable(super().format(record)))


def versions() -> list[str]:
    """Versions of what every report of a fault needs, from metadata: nothing is imported."""
    lines = []
    for name in ("seqrec", "seqrec-core", "torch", "lightning", "polars", "pyarrow"):
        with suppress(importlib.metadata.PackageNotFoundError):
            lines.append(f"{name} {importlib.metadata.version(name)}")
    return [*lines, f"Python {platform.python_version()} on {platform.platform()}"]


def show_details() -> None:
    """Has what happens besides, such as which plugins load, told on the error output."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(name)s: %(message)s"))
    _add(handler, logging.INFO)


def keep_in(path: Path) -> None:
    """Has a file keep, with the time of each line, what is printed and what happens besides.

    Lines are added to what is there; a new file is its owner's alone. Raises SeqrecError where the
    file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise SeqrecError(f"{path}: cannot be written: {error}; name another --log-file") from error
    form = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
    handler.setFormatter(_Formatter(form))
    _add(handler, logging.DEBUG)
    log.info("%s", shlex.join(["seqrec", *map(without_secrets, sys.argv[1:])]))
    log.info("%s", ", ".join(versions()))
    copies.append(_printed(handler))


def _printed(handler: logging.Handler) -> Callable[[str], None]:
    """Hands what is printed to one handler alone: it stands on the terminal already."""

    def copy(line: str) -> None:
        place = ("seqrec.printed", logging.INFO, "", 0)
        handler.handle(logging.LogRecord(*place, msg=line, args=(), exc_info=None))

    return copy


def _add(handler: logging.Handler, level: int) -> None:
    handler.setLevel(level)
    log.addHandler(handler)
    log.setLevel(min(level, log.level or level))
