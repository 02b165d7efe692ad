"""Locks of files and folders among processes."""

import os
from pathlib import Path

from seqrec_core.file_lock import lock, unlock


def test_one_writer_or_several_readers(tmp_path: Path) -> None:
    first, second, third = (os.open(tmp_path, os.O_RDONLY) for _ in range(3))
    try:
        assert lock(first, shared=True, wait=False)
        assert lock(second, shared=True, wait=False)
        assert not lock(third, wait=False)
        unlock(first)
        os.close(second)  # its holder is gone
        second = os.dup(third)
        assert lock(third, wait=False)
        assert not lock(first, shared=True, wait=False)
    finally:
        for descriptor in (first, second, third):
            os.close(descriptor)
