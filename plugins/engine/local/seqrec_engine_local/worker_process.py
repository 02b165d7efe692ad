"""What runs in each process of a pool: it opens the work once, and ends with its parent."""

import os
import pickle
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from seqrec_core.errors import SeqrecError, words_of

__all__ = ["Fault", "answered", "begin"]

_opened: dict[str, Callable[[Any], Any]] = {}
_message: tuple[bytes, Path] | None = None


class Fault(NamedTuple):
    """What work raised: an error of seqrec that pickles, or the words of another."""

    error: SeqrecError | None
    said: str


def begin(work: bytes, files: Path, alive: Connection) -> None:
    """Keeps what to open. The process ends as soon as nobody holds the other end of `alive`.

    Ctrl-C is for the parent, which closes that end: nothing works on for a command that is over.
    """
    global _message
    _message = work, files
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(alive,), daemon=True).start()


def answered(piece: Any) -> Any:
    """The answer of the work to a piece, or its Fault: exceptions of strangers may not pickle."""
    try:
        if not _opened:
            assert _message is not None
            work, files = _message
            _opened["answer"] = pickle.loads(work).open(files)
        return _opened["answer"](piece)
    except SeqrecError as error:
        try:
            copy: SeqrecError = pickle.loads(pickle.dumps(error))
        except Exception:
            return Fault(None, str(error))
        return Fault(copy, str(error))
    except Exception as error:
        return Fault(None, words_of(error))


def _end_with(alive: Connection) -> None:
    alive.poll(None)
    os.kill(os.getpid(), signal.SIGKILL)
