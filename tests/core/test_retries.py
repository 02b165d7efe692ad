import errno
import time
from itertools import pairwise

import pytest

from seqrec_core import retries
from seqrec_core.retries import NoAnswerError, patiently, settings


class ClientPayloadError(Exception):
    """What a library of HTTP raises, which is no OSError."""


def failing(times, cause):
    calls = []

    def attempt():
        calls.append(time.monotonic())
        if len(calls) <= times:
            raise cause
        return "there"

    return attempt, calls


@pytest.mark.parametrize(
    "cause", [ConnectionResetError(), TimeoutError(), OSError(errno.EBUSY, "SlowDown"),
              OSError("came short"), ClientPayloadError()],
)  # fmt: skip
def test_what_passes_is_tried_again_after_longer_and_longer_waits(cause):
    attempt, calls = failing(3, cause)
    assert patiently("s3://b/x", attempt) == "there"
    waits = [after - before for before, after in pairwise(calls)]
    assert all(0.07 * 2**n <= wait for n, wait in enumerate(waits))


@pytest.mark.parametrize(
    "cause",
    [
        FileNotFoundError("x"), PermissionError("x"), OSError(errno.ENOSPC, "full"),
        OSError(errno.EINVAL, "name"), ValueError("x"), NoAnswerError("waited"),
    ],
)  # fmt: skip
def test_what_another_try_cannot_mend_is_raised_at_once(cause):
    attempt, calls = failing(9, cause)
    with pytest.raises(type(cause)):
        patiently("s3://b/x", attempt)
    assert len(calls) == 1


def test_patience_ends_and_long_waits_are_told(monkeypatch, capsys):
    monkeypatch.setattr(retries, "PATIENCE", 1.5)
    monkeypatch.setattr(retries, "QUIET", 0.1)
    attempt, calls = failing(99, ConnectionResetError("ftp://ann:secret@host broke"))
    with pytest.raises(NoAnswerError, match=r"…@host broke, in \d tries over \d s; see whether"):
        patiently("s3://b/x", attempt)
    assert 3 <= len(calls) <= 7
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("s3://b/x does not answer, waiting up to ")


def test_what_a_user_set_for_s3_goes_before_what_is_set_here(monkeypatch):
    config = pytest.importorskip("fsspec.config")
    before = settings("s3")["config_kwargs"]
    monkeypatch.setitem(config.conf, "s3", {"config_kwargs": {"read_timeout": 7, "proxies": {}}})
    assert settings("s3a") == {"config_kwargs": {**before, "read_timeout": 7, "proxies": {}}}
    assert settings("gs") == {}


def test_patience_begins_anew_with_each_try_that_brings_something(monkeypatch):
    monkeypatch.setattr(retries, "PATIENCE", 0.15)
    parts = []

    def attempt():
        parts.append(time.monotonic())
        if len(parts) < 6:
            raise ConnectionResetError
        return "there"

    with pytest.raises(NoAnswerError):
        patiently("s3://b/x", attempt)
    parts.clear()
    assert patiently("s3://b/x", attempt, lambda: len(parts)) == "there"
    assert all(after - before < 0.2 for before, after in pairwise(parts))  # nor do waits grow
