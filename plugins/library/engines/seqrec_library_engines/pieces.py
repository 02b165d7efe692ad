"""What a data module can do whose splits several processes read."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

from seqrec_core.contracts import Batch

__all__ = ["ReadsPieces"]


@runtime_checkable
class ReadsPieces(Protocol):
    """A data module that reads a part of a split, wherever it is asked."""

    def pieces(self, split: str) -> Sequence[Any] | None:
        """The parts of a split in the order of its rows, small and picklable; None if it has none.

        Each row is in one of them.
        """

    def batches_of(self, split: str, piece: Any) -> Iterable[Batch]:
        """The raw batches of one part, in the order of its rows, as a loader would give them."""
