"""A full disk is one sentence, whoever raises it."""

import errno
from pathlib import Path

import pytest
from seqrec_tool_run.disk_space import told_when_full

from seqrec_core.errors import PluginFaultError, SeqrecError

FULL = [
    OSError(errno.ENOSPC, "No space left on device", "weights"),
    OSError(errno.EDQUOT, "Disk quota exceeded"),
    ValueError("I/O error: No space left on device (os error 28)"),
    RuntimeError("[enforce fail at inline_container.cc:668] . unexpected pos 64 vs 0"),
]


@pytest.mark.parametrize("cause", FULL)
def test_it_names_the_file_and_the_remedy_even_behind_another_error(cause):
    place = "weights" if isinstance(cause, OSError) and cause.filename else "run"
    message = f"^No space left on device: {place}; free some$"
    with pytest.raises(SeqrecError, match=message), told_when_full(Path("run"), "free some"):
        raise cause
    with pytest.raises(SeqrecError, match=message), told_when_full(Path("run"), "free some"):
        raise PluginFaultError("trainer failed") from cause


@pytest.mark.parametrize("other", [OSError(errno.EACCES, "no"), RuntimeError("shape"), SeqrecError])
def test_other_errors_go_through(other):
    kind = other if isinstance(other, type) else type(other)
    with pytest.raises(kind) as caught, told_when_full(Path("run"), "free some"):
        raise other
    assert "No space" not in str(caught.value)
