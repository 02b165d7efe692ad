"""A pool of processes that is made anew when one of them dies; no piece is lost or answered twice.

Processes are spawned, not forked: threads and locks of the parent stay there.
"""

import multiprocessing
import os
import pickle
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
from seqrec_library_engines.kind import WorkProto

from seqrec_core.errors import SeqrecError
from seqrec_engine_local.worker_process import Fault, answered, begin

__all__ = ["LocalEngine"]

Pieces = dict[int, Any]  # by their numbers


@attrs.frozen(kw_only=True)
class LocalEngine:
    """Has pieces of work done by processes of this machine, each of which opens the work once.

    `processes` of None is one for each core that this process may use, and no more than there are
    pieces. How many threads each has is for the work to say. When a process dies, the pieces that
    were worked on are tried again, up to `tries` times in all; the last time each is alone, so that
    the one that is to blame is named.
    """

    processes: int | None = None
    tries: int = 3

    def map(self, work: WorkProto, pieces: Sequence[Any], files: Path) -> Iterator[tuple[int, Any]]:
        """The number of each piece and its answer, in the order in which they are done."""
        try:
            packed = pickle.dumps(work)
        except Exception as cause:
            raise SeqrecError(f"{work!r} cannot be sent to another process: {cause}") from cause
        left = dict(enumerate(pieces))
        deaths = dict.fromkeys(left, 0)
        while left:
            alone = [number for number in left if deaths[number] >= self.tries - 1 > 0]
            others = [number for number in left if number not in alone]
            chosen = others or alone[:1]
            many = min(self.processes or _cores(), len(chosen))
            at_work: set[int] = set()
            with _pool(many, packed, files) as pool:
                try:
                    todo = {number: left[number] for number in chosen}
                    for number, answer in _answers(pool, todo, many, at_work):
                        del left[number]
                        yield number, answer
                except BrokenProcessPool as cause:
                    for number in at_work:
                        deaths[number] += 1
                    self._check(deaths, left, cause)

    def _check(self, deaths: dict[int, int], left: Pieces, cause: Exception) -> None:
        """Raises SeqrecError for a piece that was tried often enough."""
        for number in left:
            if deaths[number] >= self.tries:
                raise SeqrecError(
                    f"engine local: the process of piece {number}, {left[number]!r}, ended "
                    f"{self.tries} times before it had answered: look whether memory runs out, and "
                    "set engine.processes to fewer; a script that calls this needs "
                    '`if __name__ == "__main__":`'
                ) from cause


def _answers(
    pool: ProcessPoolExecutor, todo: Pieces, many: int, at_work: set[int]
) -> Iterator[tuple[int, Any]]:
    """The answers of a pool; `at_work` are the numbers of pieces that it has begun.

    It gets no more than its processes can begin. Raises BrokenProcessPool.
    """
    waiting = deque(todo)
    running: dict[Future[Any], int] = {}
    while waiting or running:
        while waiting and len(running) < many:
            number = waiting.popleft()
            running[pool.submit(answered, todo[number])] = number
            at_work.add(number)
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        broken = [future for future in done if isinstance(future.exception(), BrokenProcessPool)]
        for future in done - {*broken}:
            number = running.pop(future)
            answer = _answer(number, future)
            at_work.discard(number)
            yield number, answer
        for future in broken:
            future.result()


def _answer(number: int, future: Future[Any]) -> Any:
    """What a process answered; what it raised is raised here."""
    if (cause := future.exception()) is not None:
        raise SeqrecError(f"engine local: piece {number}: {cause}; see that answers pickle")
    answer = future.result()
    if isinstance(answer, Fault):
        raise answer.error or SeqrecError(f"engine local: piece {number} failed: {answer.said}")
    return answer


@contextmanager
def _pool(many: int, work: bytes, files: Path) -> Iterator[ProcessPoolExecutor]:
    """Processes that have ended when the context is left, at once where that is by an error."""
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    pool = ProcessPoolExecutor(
        many, mp_context=spawning, initializer=begin, initargs=(work, files, theirs)
    )
    try:
        yield pool
        pool.shutdown()
    finally:
        ours.close()
        theirs.close()
        pool.shutdown(cancel_futures=True)


def _cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # a system that does not say
        return os.cpu_count() or 1
