"""The processes of a search, as it sees them."""

import queue

import pytest
from seqrec_tool_tune.trial_workers import THREADS, Worker, usual_threads


def test_threads_are_shared_out_unless_the_environment_says_how_many(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    monkeypatch.delenv(THREADS, raising=False)
    assert [usual_threads(jobs) for jobs in (1, 2, 3, 20)] == [None, 4, 2, 1]
    monkeypatch.setenv(THREADS, "3")
    assert usual_threads(2) is None


@pytest.mark.slow
def test_one_that_is_killed_says_how_it_ended(tmp_path):
    heard = queue.Queue()
    worker = Worker.start(heard, 1, tmp_path / "log")
    worker.process.kill()
    assert heard.get(timeout=30) == (worker, {"end": "lost"})
    assert worker.last_words() == (
        "its process was ended by SIGKILL, as happens where memory runs out"
    )
    worker.send(stop=True)
    worker.interrupt()
    worker.close()
