"""Work done ahead in a thread of its own."""

import contextlib
import queue
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

T = TypeVar("T")


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
