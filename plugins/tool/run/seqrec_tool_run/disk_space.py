"""What a full disk raises, said in one sentence."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqrec_core.errors import SeqrecError

FULL = (errno.ENOSPC, errno.EDQUOT)
# what libraries without error numbers say: safetensors, Arrow, and PyTorch when a write fell short
SAID = ("No space left on device", "Disk quota exceeded", "os error 28", "file write failed")
CUT_SHORT = ("PytorchStreamWriter failed", "inline_container")


@contextmanager
def told_when_full(path: Path, remedy: str) -> Iterator[None]:
    """Around what writes to `path`, or below it: a full disk becomes a SeqrecError.

    It names the file as far as it is known, and ends in the remedy.
    """
    try:
        yield
    except Exception as error:
        full = [each for each in _chain(error) if _is_full(each)]
        if not full:
            raise
        names = [each.filename for each in full if isinstance(each, OSError) and each.filename]
        raise SeqrecError(f"No space left on device: {(names or [path])[0]}; {remedy}") from error


def _is_full(error: BaseException) -> bool:
    """Whether a full disk, or a quota that is used up, raised this."""
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    said = str(error)
    return any(text in said for text in SAID) or (
        isinstance(error, RuntimeError) and any(text in said for text in CUT_SHORT)
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and what led to it."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__
