"""How long a store that does not answer, or breaks off, is waited for: said here alone."""

import errno
import random
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

from seqrec_core.errors import words_of
from seqrec_core.printable import echo, without_secrets

__all__ = ["NoAnswerError", "patiently", "settings"]

PATIENCE = 60.0  # seconds of failures that bring nothing, after which nothing is tried again
LONGEST = 10.0  # seconds between two tries
QUIET = 3.0  # seconds of waiting that nobody is told of

# Libraries that try again themselves, without end where a store takes a question and says nothing.
_S3 = {"connect_timeout": 10, "read_timeout": 20, "retries": {"max_attempts": 0}}

T = TypeVar("T")


class NoAnswerError(OSError):
    """A store that did not answer for PATIENCE seconds; says what it last did, and the remedy."""


_FINAL = (
    FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError,
    NoAnswerError,
)  # fmt: skip
_FINAL_NUMBERS = {
    getattr(errno, name)
    for name in ("EDQUOT", "EFBIG", "EINVAL", "EMFILE", "ENAMETOOLONG", "ENOSPC", "ENOSYS", "EROFS")
    if name in dir(errno)
} | {errno.EPERM}
_PASSING = re.compile("Connect|Disconnect|Incomplete|Payload|Timeout|HTTPClient|RetriesExceeded")


def settings(protocol: str) -> dict[str, Any]:
    """What a file system is made with; what the user's configuration of fsspec says has the say."""
    if protocol not in ("s3", "s3a"):
        return {}
    from fsspec.config import conf  # type: ignore[import-untyped]

    users = {**conf.get("s3", {}), **conf.get("s3a", {})}.get("config_kwargs", {})
    return {"config_kwargs": {**_S3, **users}}


def patiently(place: str, attempt: Callable[[], T], so_far: Callable[[], int] = int) -> T:
    """What the attempt gives; where the store fails, it is made again for up to PATIENCE seconds.

    Waits double from a tenth of a second, and the console hears of them once they are long. All
    begins anew with a failure before which `so_far` grew: how much the tries brought.
    Raises at once what another try cannot mend, such as a missing file or right, or a full disk,
    and NoAnswerError at the end of patience.
    """
    began, wait, tries, is_said, before = 0.0, 0.1, 1, False, so_far()
    while True:
        try:
            return attempt()
        except Exception as cause:
            now = time.monotonic()
            if (here := so_far()) > before:
                began, wait, tries, before = now, 0.1, 1, here
            began, said = began or now, without_secrets(" ".join(words_of(cause).split()))
            if not _passes(cause):
                raise
            if now + wait > began + PATIENCE:
                raise NoAnswerError(
                    f"{said}, in {tries} tries over {now - began:.0f} s; see whether the store and "
                    "the network answer, then run the same again"
                ) from cause
            if now - began > QUIET and not is_said:
                is_said = True
                left = began + PATIENCE - now
                echo(f"{place} does not answer, waiting up to {left:.0f} s: {said}", error=True)
        time.sleep(wait * random.uniform(0.7, 1))
        wait, tries = min(2 * wait, LONGEST), tries + 1


def _passes(cause: Exception) -> bool:
    """Whether the error is one of the network or of a store that is busy, by its type alone."""
    if isinstance(cause, OSError):
        return not isinstance(cause, _FINAL) and cause.errno not in _FINAL_NUMBERS
    return any(_PASSING.search(kind.__name__) for kind in type(cause).__mro__)
