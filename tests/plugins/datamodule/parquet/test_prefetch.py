"""Work ahead in a thread: nothing lost, nothing swallowed, nothing left running."""

import threading
import time

import pytest
from seqrec_datamodule_parquet.prefetch import at_once, prefetch


class Numbers:
    """0, 1, 2, … up to `last`, then an error if there is one; counts and says when it is closed."""

    def __init__(self, last, error=None):
        self.last, self.error = last, error
        self.count = 0
        self.closed = threading.Event()

    def __iter__(self):
        try:
            for number in range(self.last):
                self.count += 1
                yield number
            if self.error is not None:
                raise self.error
        finally:
            self.closed.set()


@pytest.mark.parametrize("depth", [1, 3, 200])
def test_all_items_come_in_their_order(depth):
    numbers = Numbers(100)
    assert list(prefetch(iter(numbers), depth)) == list(range(100))
    assert numbers.closed.wait(5)


def test_what_the_source_raises_comes_after_its_items():
    ahead = prefetch(iter(Numbers(2, RuntimeError("no more"))), 3)
    assert [next(ahead), next(ahead)] == [0, 1]
    with pytest.raises(RuntimeError, match="no more"):
        next(ahead)


def test_no_more_is_made_than_asked_for_and_closing_closes_the_source():
    numbers = Numbers(100)
    ahead = prefetch(iter(numbers), 3)
    assert next(ahead) == 0
    ahead.close()
    assert numbers.closed.wait(5)
    assert numbers.count <= 1 + 3 + 2  # taken, waiting, and at most two on their way


def test_several_are_worked_on_at_once_in_order_and_within_bounds():
    running, most, lock = [0], [0], threading.Lock()

    def work(number):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
        return number * 2

    assert list(at_once(work, range(30), [1] * 30)) == [number * 2 for number in range(30)]
    assert 2 <= most[0] <= 8
    most[0] = 0
    assert list(at_once(work, range(4), [2**27] * 4)) == [0, 2, 4, 6]
    assert most[0] == 1
    results = at_once(work, range(99), [1] * 99)
    assert next(results) == 0
    results.close()
