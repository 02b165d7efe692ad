import time

import fsspec
import pytest

from seqrec_core import remote_cache
from seqrec_core.errors import DataError
from seqrec_core.printable import names
from seqrec_core.remote_cache import DAYS, alone, cache
from seqrec_core.remote_files import Remote


@pytest.fixture(autouse=True)
def memory(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))
    system = fsspec.filesystem("memory")
    system.pipe({"/old/a": b"1", "/new/a": b"2", "/other/a": b"3"})
    yield system
    system.rm("/", recursive=True)
    names.clear()


def test_what_nobody_asked_for_in_a_month_is_removed_when_something_is_fetched(monkeypatch):
    old = Remote.of("memory://old").fetched()
    (cache("work") / "kept").touch()  # stands for what could not be sent
    now = time.time()
    monkeypatch.setattr(remote_cache.time, "time", lambda: now + (DAYS - 1) * 86_400)
    Remote.of("memory://new").fetched()
    assert (old / "a").read_text() == "1"
    monkeypatch.setattr(remote_cache.time, "time", lambda: now + (DAYS + 1) * 86_400)
    assert Remote.of("memory://old").fetched() == old, "what is there is not looked at"
    Remote.of("memory://other").fetched()
    assert not old.exists()
    assert len(list(cache("trees").iterdir())) == len(list(cache("blobs").iterdir())) == 1
    assert (cache("work") / "kept").exists()
    assert (Remote.of("memory://old").fetched() / "a").read_text() == "1"


def test_a_lock_is_waited_for_or_refused(tmp_path):
    with alone(tmp_path / "lock"):
        refused = pytest.raises(DataError, match="wait for its end")
        with refused, alone(tmp_path / "lock", "another process; wait for its end"):
            pass
    with alone(tmp_path / "lock", "free"):
        pass
