"""Pieces of work as tasks of a Spark session."""

import pickle
import re
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqrec_library_engines.kind import WorkProto

from seqrec_core.errors import SeqrecError
from seqrec_engine_spark.spark_archive import shipped
from seqrec_engine_spark.spark_faults import fault_of
from seqrec_engine_spark.spark_session import session_of
from seqrec_engine_spark.spark_worker import SparkPieces

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["SparkEngine"]

_MOST_TASKS = 10_000  # of a job whose scheduler still keeps pace
_SCHEMA = "number long, answer binary"


class SparkEngine:
    """Has pieces answered by tasks of Spark, through `mapInArrow`, and data prepared there.

    `master` and `config` are of a session that it starts and stops; an active one is used as it
    is. `partitions` is how many tasks there are at most. A task whose process was killed, or whose
    work raised, is tried again as often as Spark does: four times.
    """

    def __init__(
        self,
        master: str | None = None,
        config: Mapping[str, Any] | None = None,
        partitions: int | None = None,
    ) -> None:
        self.master = master
        self.config = config
        self.partitions = partitions

    def map(self, work: WorkProto, pieces: Sequence[Any], files: Path) -> Iterator[tuple[int, Any]]:
        """The number of each piece and its answer, once all are answered.

        On other machines, `files` is unpacked once for each executor. Raises SeqrecError, with the
        remedy, where Spark does not start, or a piece fails for good.
        """
        if not pieces:
            return
        with session_of(self.master, self.config) as spark:
            answers = self._answers(spark, work, pieces, files)
        yield from answers

    def prepare(self, options: Mapping[str, Any], changed: set[str]) -> dict[str, Any]:
        """Writes the folder of `seqrec data prepare`, and returns its report.

        Spark reads, counts, filters and sorts the events; this process, which holds the ids of
        users and items, writes them. Raises SeqrecError as `map` does, and DataError for input
        that cannot be used.
        """
        from seqrec_engine_spark.preparation.spark_means import prepared_by_spark

        with session_of(self.master, self.config) as spark:
            return prepared_by_spark(spark, options, changed)

    def _answers(
        self, spark: "SparkSession", work: WorkProto, pieces: Sequence[Any], files: Path
    ) -> list[tuple[int, Any]]:
        context = spark.sparkContext
        is_here = re.match(r"local(\[|$)", str(context.master)) is not None
        function = SparkPieces(
            call=uuid.uuid4().hex,
            work=_packed(work),
            pieces=tuple(map(_packed, pieces)),
            files=str(files.absolute()) if is_here else shipped(context, files),
            is_archive=not is_here,
        )
        tasks = min(len(pieces), self.partitions or _MOST_TASKS)
        numbers = spark.range(0, len(pieces), 1, numPartitions=tasks)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
                answers = numbers.mapInArrow(function, _SCHEMA)
            rows = answers.collect()
        except Exception as cause:
            raise fault_of(cause, len(pieces)) from cause
        return _checked({row.number: bytes(row.answer) for row in rows}, len(rows), len(pieces))


def _packed(value: Any) -> bytes:
    """The value pickled; functions and classes of a script or a notebook go along."""
    from pyspark import cloudpickle

    dumps: Callable[[Any], bytes] = cloudpickle.dumps
    try:
        return dumps(value)
    except Exception as cause:
        raise SeqrecError(f"{value!r} cannot be sent to another process: {cause}") from cause


def _checked(answers: Mapping[int, bytes], count: int, size: int) -> list[tuple[int, Any]]:
    """The answers in the order of their numbers, each of which is there once."""
    if not len(answers) == count == size:
        raise SeqrecError(
            f"Spark gave {count:,} answers, {len(answers):,} of them different, to {size:,} "
            "pieces; run it again, and report it with the version of Spark"
        )
    return [(number, pickle.loads(answers[number])) for number in sorted(answers)]
