"""Work done ahead in a thread of its own."""

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
_AT_ONCE = 8
_BYTES_AT_ONCE = 2**26


def prefetch(items: Generator[T], depth: int) -> Iterator[T]:
    """The items, up to `depth` of them made ahead of time by a background thread.

    What the thread raises is raised here. When the iterator ends, or is closed early, the thread
    finishes the item it is at and closes `items`.
    """
    ready: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(depth)
    stop = threading.Event()

    def put(entry: tuple[T] | BaseException | None) -> None:
        """Waits for a free place; once the iterator is closed, the entry is dropped."""
        while not stop.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(entry, timeout=0.1)
                break

    def work() -> None:
        """Puts each item in a tuple, then None for the end, or the error that ended it."""
        try:
            with contextlib.closing(items):
                for item in items:
                    put((item,))
                    if stop.is_set():
                        return
            put(None)
        except BaseException as error:
            put(error)

    threading.Thread(target=work, name="seqrec-prefetch", daemon=True).start()
    try:
        while (entry := ready.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            yield entry[0]
    finally:
        stop.set()


def at_once(work: Callable[[T], R], items: Sequence[T], sizes: Sequence[int]) -> Generator[R]:
    """What the work makes of each item, in order, several in threads at a time.

    As many as 8, and as hold 64 MiB together by their `sizes`; always one.
    """
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="seqrec-read")
    running: deque[tuple[int, Future[R]]] = deque()
    try:
        for item, size in zip(items, sizes, strict=True):
            held = sum(other for other, _ in running) + size
            while running and (held > _BYTES_AT_ONCE or len(running) == _AT_ONCE):
                held -= running[0][0]
                yield running.popleft()[1].result()
            running.append((size, pool.submit(work, item)))
        while running:
            yield running.popleft()[1].result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
