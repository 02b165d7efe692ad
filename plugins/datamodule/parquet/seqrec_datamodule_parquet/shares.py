"""Which process reads which rows, and in which batches: the same sums in every process."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

POOL = 50


class Part(NamedTuple):
    """Consecutive rows of a row group: its number, the first of them in it, and how many."""

    group: int
    first: int
    rows: int


class Share(NamedTuple):
    """What one replica reads in an epoch: parts of row groups, sizes of batches, all's steps."""

    replica: int
    parts: list[Part]
    sizes: list[int]
    steps: int


def share_of(rows: Sequence[int], replica: int, num_replicas: int, batch_size: int) -> Share:
    """The share of a replica in row groups of `rows` rows each."""
    return sharing(rows, num_replicas, batch_size)(replica)


def sharing(rows: Sequence[int], num_replicas: int, batch_size: int) -> Callable[[int], Share]:
    """The share of each replica in row groups of `rows` rows each.

    `steps` is the number of batches of the replica that has most: no more than batches of
    `batch_size` from each replica need to hold all rows, and nearly everybody's.
    """
    shares = shares_of(rows, num_replicas, batch_size)
    loads = [_rows(parts) for parts in shares]
    steps = -(-max(loads) // batch_size)

    def share(replica: int) -> Share:
        sizes = batch_sizes(loads[replica], steps, batch_size)
        return Share(replica, shares[replica], sizes, steps)

    return share


class Window(NamedTuple):
    """Consecutive batches whose rows are read, and shuffled, together."""

    first_batch: int
    sizes: tuple[int, ...]

    @property
    def rows(self) -> int:
        """Number of rows of all its batches."""
        return sum(self.sizes)


def assign(rows: Sequence[int], num_replicas: int) -> list[list[int]]:
    """Row groups, by number, for each replica: every group to one, rows as even as they get.

    The largest groups go first, each to the replica with the fewest rows so far. Every replica
    gets its groups in the order of the files.
    """
    shares: list[list[int]] = [[] for _ in range(num_replicas)]
    loads = [0] * num_replicas
    for group in sorted(range(len(rows)), key=lambda group: -rows[group]):
        replica = loads.index(min(loads))
        shares[replica].append(group)
        loads[replica] += rows[group]
    return [sorted(groups) for groups in shares]


def shares_of(rows: Sequence[int], num_replicas: int, batch_size: int) -> list[list[Part]]:
    """Parts of row groups for each replica, in the order of the files; every row is in one.

    Whole row groups, which nobody reads in vain, where every replica then has rows for as few
    steps as possible. Otherwise some are cut, read by several, and loads differ by one row.
    """
    shares = of_whole_groups(rows, num_replicas)
    steps = -(-sum(rows) // (num_replicas * batch_size))
    loads = [_rows(parts) for parts in shares]
    is_even = max(loads) <= steps * batch_size and min(loads) >= steps
    return shares if is_even else _leveled(shares)


def of_whole_groups(rows: Sequence[int], num_replicas: int) -> list[list[Part]]:
    """The row groups of each replica where none is cut, which is how earlier editions shared."""
    return [[Part(group, 0, rows[group]) for group in own] for own in assign(rows, num_replicas)]


def batch_sizes(rows: int, steps: int, batch_size: int) -> list[int]:
    """Sizes of the batches of a replica with `rows` rows where the longest makes `steps` steps.

    Full batches, then the rest, if that gives `steps` batches. Otherwise `steps` equal ones, so
    that all replicas step together; or fewer, where there are fewer rows than steps.
    """
    if rows < steps or rows > (steps - 1) * batch_size:
        full, rest = divmod(rows, batch_size)
        return [batch_size] * full + [rest] * (rest > 0)
    size, larger = divmod(rows, steps)
    return [size + 1] * larger + [size] * (steps - larger)


def windows(sizes: Sequence[int], max_rows: int) -> Iterator[Window]:
    """The batches in windows of at most `max_rows` rows, and at least one batch."""
    first = 0
    while first < len(sizes):
        last = first + 1
        rows = sizes[first]
        while last < len(sizes) and rows + sizes[last] <= max_rows:
            rows += sizes[last]
            last += 1
        yield Window(first, tuple(sizes[first:last]))
        first = last


def cut(
    window: Window, rng: np.random.Generator | None, lengths: NDArray[np.int64] | None
) -> list[NDArray[np.int64]]:
    """The rows of each batch of a window: in order, or shuffled where there is an `rng`.

    With `lengths`, batches hold rows of similar length: in every pool of `POOL` batches rows are
    sorted by length, and then the batches shuffled. Rows of equal length stay in random order.
    """
    rows = np.arange(window.rows) if rng is None else rng.permutation(window.rows)
    batches = np.split(rows, np.cumsum(window.sizes)[:-1])
    if lengths is None:
        return batches
    pools = [batches[start : start + POOL] for start in range(0, len(batches), POOL)]
    return [batch for pool in pools for batch in _by_length(pool, rng, lengths)]


def _by_length(
    pool: list[NDArray[np.int64]], rng: np.random.Generator | None, lengths: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """The rows of a few batches in batches of the same sizes and of similar length."""
    rows = np.concatenate(pool)
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    batches = np.split(rows, np.cumsum([len(batch) for batch in pool])[:-1])
    if rng is not None:
        rng.shuffle(batches)
    return batches


def _leveled(shares: list[list[Part]]) -> list[list[Part]]:
    """The shares with equal numbers of rows, or one more; who has too many gives the last away."""
    fewest, larger = divmod(sum(map(_rows, shares)), len(shares))
    loads = [fewest + (replica < larger) for replica in range(len(shares))]
    spare: list[Part] = []
    for share, load in zip(shares, loads, strict=True):
        while (surplus := _rows(share) - load) > 0:
            group, first, rows = share.pop()
            kept = max(rows - surplus, 0)
            share += [Part(group, first, kept)] * (kept > 0)
            spare.append(Part(group, first + kept, rows - kept))
    for share, load in zip(shares, loads, strict=True):
        while (lack := load - _rows(share)) > 0:
            group, first, rows = spare.pop()
            taken = min(rows, lack)
            share.append(Part(group, first, taken))
            spare += [Part(group, first + taken, rows - taken)] * (taken < rows)
    return [sorted(share) for share in shares]


def _rows(parts: Sequence[Part]) -> int:
    """Number of rows of parts together."""
    return sum(part.rows for part in parts)
