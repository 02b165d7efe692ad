"""What is left of an epoch that another number of processes began, and whose turn it is."""

from collections.abc import Sequence
from typing import NamedTuple

from seqrec_datamodule_parquet.shares import share_of, sharing


class Leg(NamedTuple):
    """So many processes made so many steps each, and then another number of them went on."""

    processes: int
    steps: int


class Stretch(NamedTuple):
    """Batches of one of the processes that began the epoch, from `first` to before `stop`."""

    replica: int
    first: int
    stop: int


class Handover(NamedTuple):
    """An epoch over row groups of `rows` rows that went through `legs`; without any, it is whole.

    Who goes on takes the batches that those who began it would have read, each of them one.
    """

    rows: Sequence[int]
    batch_size: int
    legs: tuple[Leg, ...] = ()

    def left(self) -> list[Stretch]:
        """The batches that are left after all legs, of which there is one at least."""
        begun = self.legs[0].processes
        share = sharing(self.rows, begun, self.batch_size)
        return left_of([len(share(replica).sizes) for replica in range(begun)], self.legs)

    def begin(self, processes: int) -> int:
        """The number of the first step that so many processes make, as far from the epoch's end."""
        if not self.legs:
            return 0
        return self._steps(processes) - steps_for(self.left(), processes)

    def ahead(self, process: int, processes: int, batch: int) -> tuple[list[Stretch], int]:
        """What one of so many processes reads from its step `batch` on, and steps without rows."""
        left = self.left()
        own, steps = turn_of(left, process, processes), steps_for(left, processes)
        done = batch - (self._steps(processes) - steps)
        empty = steps - max(done, length(own))
        return cut_out(own, done, length(own)), empty

    def after(self, processes: int, batch: int) -> "Handover":
        """The same after so many processes have come to the step of that number."""
        leg = Leg(processes, batch - self.begin(processes))
        return self._replace(legs=(*self.legs, leg))

    def _steps(self, processes: int) -> int:
        return share_of(self.rows, 0, processes, self.batch_size).steps


def left_of(counts: Sequence[int], legs: Sequence[Leg]) -> list[Stretch]:
    """What all legs together left of an epoch; `counts` are the batches of each who began it."""
    begun, *later = legs
    stretches = [Stretch(replica, begun.steps, stop) for replica, stop in enumerate(counts)]
    left = [stretch for stretch in stretches if stretch.first < stretch.stop]
    for leg in later:
        turns = [turn_of(left, process, leg.processes) for process in range(leg.processes)]
        left = [stretch for turn in turns for stretch in cut_out(turn, leg.steps, length(turn))]
    return left


def turn_of(left: Sequence[Stretch], process: int, processes: int) -> list[Stretch]:
    """What one of so many processes takes of it: as much as any other, or a batch more."""
    share, more = divmod(length(left), processes)
    first = process * share + min(process, more)
    return cut_out(left, first, first + share + (process < more))


def cut_out(stretches: Sequence[Stretch], first: int, stop: int) -> list[Stretch]:
    """The batches from number `first` of all of them to before `stop`."""
    begin, parts = 0, []
    for replica, start, end in stretches:
        left, right = max(start, start + first - begin), min(end, start + stop - begin)
        if left < right:
            parts.append(Stretch(replica, left, right))
        begin += end - start
    return parts


def length(stretches: Sequence[Stretch]) -> int:
    """Number of batches."""
    return sum(stretch.stop - stretch.first for stretch in stretches)


def steps_for(left: Sequence[Stretch], processes: int) -> int:
    """Steps that each of so many processes makes of it."""
    return -(-length(left) // processes)
