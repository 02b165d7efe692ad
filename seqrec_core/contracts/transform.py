"""What turns a batch of columns into another."""

from typing import Any, Protocol, runtime_checkable

from seqrec_core.contracts.datamodule import Batch

__all__ = ["ShortensSequences", "TransformProto"]


@runtime_checkable
class TransformProto(Protocol):
    """Batch to a new batch; the old one stays as it is. Any callable, module or not."""

    def __call__(self, batch: Batch, /) -> dict[str, Any]:
        """A new dict with the columns that it makes, and all others as they were."""


@runtime_checkable
class ShortensSequences(Protocol):
    """Makes training sequences shorter, for which one event more is read of each."""

    def events_taken(self) -> int:
        """Events that it takes from the end of a sequence."""
