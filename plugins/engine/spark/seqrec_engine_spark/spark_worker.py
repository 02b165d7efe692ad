"""What a task of Spark does: it answers the pieces whose numbers it gets."""

import json
import os
import pickle
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from seqrec_core.errors import SeqrecError, words_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FAILED", "PieceFailedError", "SparkPieces"]

FAILED = "seqrec-piece-failed"  # begins the text of an error of the work, which Spark passes on
_opened: dict[str, Callable[[Any], Any]] = {}  # of the one call of map that this process works for


class PieceFailedError(Exception):
    """The work raised; number and words are in one line, for the driver to find."""

    def __init__(self, number: int, error: BaseException):
        said = str(error) if isinstance(error, SeqrecError) else words_of(error)
        super().__init__(f"{FAILED} {json.dumps([number, said])}")


@attrs.frozen
class SparkPieces:
    """The function of `mapInArrow`: batches of numbers to batches of numbers and answers.

    `work` is pickled, and so is each of `pieces` and each answer. `call` names one call of map;
    `files` is the folder, or else the name of the archive that Spark has unpacked.
    """

    call: str
    work: bytes
    pieces: tuple[bytes, ...]
    files: str
    is_archive: bool

    def __call__(self, batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        """A batch for each piece, as soon as it is answered."""
        import pyarrow as pa

        for batch in batches:
            for number in batch.column(0).to_pylist():
                try:
                    answer = pickle.dumps(self._answer(number))
                except Exception as error:
                    raise PieceFailedError(number, error) from error
                columns = [pa.array([number], pa.int64()), pa.array([answer], pa.binary())]
                yield pa.RecordBatch.from_arrays(columns, names=["number", "answer"])

    def _answer(self, number: int) -> Any:
        return self._open()(pickle.loads(self.pieces[number]))

    def _open(self) -> Callable[[Any], Any]:
        """What answers a piece, opened once in each process, which works for one call at a time."""
        if self.call not in _opened:
            os.environ.setdefault("OMP_NUM_THREADS", "1")  # as many processes as cores
            _opened.clear()
            _opened[self.call] = pickle.loads(self.work).open(self._folder())
        return _opened[self.call]

    def _folder(self) -> Path:
        from pyspark import SparkFiles

        return Path(SparkFiles.get(self.files) if self.is_archive else self.files)
