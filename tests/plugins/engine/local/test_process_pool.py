"""Pieces of work in processes of this machine, of which any may be killed."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from seqrec_engine_local.process_pool import LocalEngine
from seqrec_library_engines.trial_works import Doubles, Reads, Stumbles

from seqrec_core.errors import SeqrecError


def children():
    """Processes below this one that work."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for path in listed for pid in path.read_text().split()}


@pytest.fixture
def files(tmp_path):
    (tmp_path / "a.txt").write_text("shipped")
    return tmp_path


def test_no_piece_needs_no_process(files):
    before = children()
    assert [*LocalEngine(processes=2).map(Doubles(), [], files)] == []
    assert children() == before


@pytest.mark.slow
def test_each_process_opens_the_work_by_itself(files):
    answers = dict(LocalEngine(processes=2).map(Reads(), ["a.txt"] * 9, files))
    assert answers.keys() == set(range(9))
    assert {text for text, _ in answers.values()} == {"shipped"}
    assert os.getpid() not in {pid for _, pid in answers.values()}


@pytest.mark.slow
def test_a_piece_that_ends_its_process_each_time_is_named(files, tmp_path):
    work = Stumbles(3, str(tmp_path), deaths=99, parent=os.getpid())
    answers = LocalEngine(processes=2, tries=2).map(work, range(6), files)
    done = {}
    with pytest.raises(SeqrecError, match=r"the process of piece 3, 3, ended 2 times"):
        done.update(answers)
    assert len([*tmp_path.glob("attempt-*")]) == 2


@pytest.mark.slow
def test_work_that_does_not_pickle_is_refused_before_a_process_starts(files):
    class Local(Doubles):
        pass

    with pytest.raises(SeqrecError, match="cannot be sent to another process"):
        next(LocalEngine().map(Local(), [1], files))


@pytest.mark.slow
def test_processes_end_with_whoever_asked(files):
    before = children()
    answers = LocalEngine(processes=2).map(Sleeps(), [0, 60, 60], files)
    assert next(answers) == (0, 0)
    assert len(children() - before) >= 2
    begin = time.monotonic()
    answers.close()
    assert time.monotonic() - begin < 30
    assert not {pid for pid in children() - before if is_python_pool(pid)}


@pytest.mark.slow
def test_an_interrupt_does_not_wait_for_the_pieces(files):
    answers = LocalEngine(processes=1).map(Sleeps(), [0, 300], files)
    next(answers)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        next(answers)
    assert time.monotonic() - begin < 60


class Sleeps:
    def open(self, files):
        return sleep


def sleep(seconds):
    time.sleep(seconds)
    return seconds


def is_python_pool(pid):
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
