"""A file with the port that a service answers on, for scripts that let it choose one."""

from pathlib import Path
from types import TracebackType

from seqrec_core.errors import DataError
from seqrec_core.whole_files import write_text

__all__ = ["PortFile"]

_LONGEST = 8  # bytes of a port and a line break


class PortFile:
    """Is not there before the service answers, and goes away when it ends; nothing for None.

    Entering it raises DataError for a file that holds something else than a port, and for a folder
    that is not there.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def __enter__(self) -> "PortFile":
        if self.path is not None:
            _check(self.path)
            self.path.unlink(missing_ok=True)
        return self

    def write(self, port: int) -> None:
        """The port, as a whole: whoever sees the file can read it."""
        if self.path is not None:
            write_text(self.path, f"{port}\n")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _check(path: Path) -> None:
    """Raises DataError where no port is to be written."""
    if not path.parent.is_dir():
        raise DataError(f"--port-file {path}: there is no folder {path.parent}; make it")
    if not path.exists():
        return
    is_port = path.is_file() and path.stat().st_size <= _LONGEST
    if not is_port or not path.read_bytes().strip().isdigit():
        raise DataError(f"--port-file {path} holds something else than a port; name another file")
