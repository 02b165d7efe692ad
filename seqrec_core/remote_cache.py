"""Where copies of remote files lie: SEQREC_CACHE, or ~/.cache/seqrec.

`blobs` has a file for each version of each object, `trees` the same as they lie in their folders,
which never change, `work` what is being written, `drafts` what is not whole yet. Blobs and trees
that nobody asked for in DAYS days are removed when something else is fetched.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from seqrec_core.errors import DataError
from seqrec_core.file_lock import lock

__all__ = ["alone", "cache", "clear"]

DAYS = 30


def cache(part: str = "") -> Path:
    """A folder of the cache, which is the user's own."""
    root = os.environ.get("SEQREC_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = Path(root or os.path.join(home, "seqrec")).absolute() / part
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


@contextmanager
def alone(path: Path, refusal: str = "") -> Iterator[None]:
    """Holds the lock of a file; DataError where another process does, if there is a refusal."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not lock(descriptor, wait=not refusal):
            raise DataError(refusal)
        yield
    finally:
        os.close(descriptor)


def clear() -> None:
    """Removes what nobody asked for in a long time; what was to be written stays."""
    last, drafts = time.time() - DAYS * 86_400, cache("drafts")
    old = Path(tempfile.mkdtemp(dir=drafts))
    with alone(cache() / "lock"):
        paths = [*drafts.iterdir(), *cache("trees").iterdir(), *cache("blobs").iterdir()]
        for number, path in enumerate(paths):
            with suppress(OSError):  # another process did
                if path != old and path.stat().st_ctime < last:
                    path.rename(old / str(number))
    shutil.rmtree(old, ignore_errors=True)
