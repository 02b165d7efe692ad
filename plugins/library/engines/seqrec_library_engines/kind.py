"""The kind engine: the base class of its specs, and what an engine must be able to do.

`seqrec predict --engine NAME` scores with the engine of anybody.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from seqrec_core.spec import Spec, spec

__all__ = ["EngineProto", "EngineSpec", "PreparesData", "WorkProto"]


@spec
class EngineSpec(Spec):
    """Shares out work among processes, of one machine or of many."""

    kind = "engine"


class WorkProto(Protocol):
    """What is done with each piece of something; it pickles, so that any process can do it."""

    def open(self, files: Path) -> Callable[[Any], Any]:
        """What answers a piece, made once in each process.

        `files` is the folder that was shipped there. Pieces and answers pickle. Answering a piece
        again must do no harm: a piece whose process died is tried again.
        """


@runtime_checkable
class EngineProto(Protocol):
    """Has pieces of work done in several processes."""

    def map(self, work: WorkProto, pieces: Sequence[Any], files: Path) -> Iterator[tuple[int, Any]]:
        """The number of each piece and its answer: every piece exactly once, in any order.

        `files` is a folder that every process gets a copy of, or reads where it is. Pieces whose
        process was killed are tried again, some times. Raises SeqrecError where the engine cannot
        start, or a piece fails for good; what `work` raises is said in it.
        """


@runtime_checkable
class PreparesData(Protocol):
    """An engine that makes data folders itself: `seqrec data prepare --engine NAME`."""

    def prepare(self, options: Mapping[str, Any], changed: set[str]) -> dict[str, Any]:
        """Writes the folder of `seqrec data prepare` with these options, and returns its report.

        `changed` names the options that are not their defaults; one that the engine cannot do is a
        DataError that names it.
        """
