"""Functions of frames, applied by the tasks of Spark to the parts of what it reads."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from seqrec_core.errors import DataError
from seqrec_engine_spark.preparation.file_parts import FaultyPartError, ParquetParts, TextParts

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

__all__ = ["Partwise", "answers_of", "binary"]

_Parts = TextParts | ParquetParts
_SCHEMA = "answer binary"


@attrs.frozen
class Partwise:
    """The function of `mapInArrow` that answers each frame with pickled bytes.

    What cannot be read is answered, too, and raised where the answers are read.
    """

    parts: _Parts
    function: Callable[[pl.DataFrame], Any]

    def __call__(self, batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        """A batch for each frame."""
        try:
            for frame in self.parts.frames(batches):
                yield binary(self.function(frame))
        except FaultyPartError as fault:
            yield binary(_Fault(str(fault)))


@attrs.frozen
class _Fault:
    sentence: str


def binary(answer: Any) -> "pa.RecordBatch":
    """One row that holds the answer."""
    import pyarrow as pa

    return pa.RecordBatch.from_arrays([pa.array([pickle.dumps(answer)], pa.binary())], ["answer"])


def answers_of(
    source: "DataFrame",
    parts: _Parts,
    function: Callable[[pl.DataFrame], Any],
    *,
    at_once: bool = True,
) -> Iterator[Any]:
    """The answers, in the order of the partitions; DataError where a part cannot be read.

    All tasks run at once, or else each as its answer is asked for.
    """
    answers = source.mapInArrow(Partwise(parts, function), _SCHEMA)
    for row in answers.collect() if at_once else answers.toLocalIterator():
        answer = pickle.loads(row[0])
        if isinstance(answer, _Fault):
            raise DataError(answer.sentence)
        yield answer
