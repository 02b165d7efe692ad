"""What actors of Ray do: they answer pieces, and one counts how often a process died on which."""

import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seqrec_core.errors import SeqrecError, words_of
from seqrec_engine_ray.ray_folder import RayFolder

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Deaths", "RayPieces"]


class Deaths:
    """Which pieces were begun and not finished, so that one that kills processes is given up.

    Ray Data tries a task whose actor died again, for ever.
    """

    def __init__(self) -> None:
        self._begun: dict[int, int] = {}

    def begin(self, number: int) -> int:
        """How often the piece was begun before, and the process died."""
        deaths = self._begun.get(number, 0)
        self._begun[number] = deaths + 1
        return deaths

    def finish(self, number: int) -> None:
        """The process outlived the piece."""
        self._begun.pop(number, None)


class RayPieces:
    """The class that `map_batches` makes actors of; it opens the work with its first piece.

    `work` is pickled, as the pieces and answers are; `deaths` is the handle of the one that counts.
    """

    def __init__(self, work: bytes, folder: RayFolder, deaths: Any, tries: int) -> None:
        self.work = work
        self.folder = folder
        self.deaths = deaths
        self.tries = tries
        self._answer: Callable[[Any], Any] | None = None

    def __call__(self, batch: "pa.Table") -> "pa.Table":
        """A row for each piece: its number, the answer, and what the work raised, in words."""
        import pyarrow as pa

        numbers, pieces = batch["number"].to_pylist(), batch["piece"].to_pylist()
        rows = [self._row(number, piece) for number, piece in zip(numbers, pieces, strict=True)]
        answers, faults = zip(*rows, strict=True)
        columns = [pa.array(numbers, pa.int64()), pa.array(answers, pa.binary())]
        return pa.table([*columns, pa.array(faults, pa.string())], ["number", "answer", "fault"])

    def _row(self, number: int, piece: bytes) -> tuple[bytes | None, str | None]:
        import ray

        if ray.get(self.deaths.begin.remote(number)) >= self.tries:
            return None, (
                f"its process died {self.tries} times, most likely for want of memory: set "
                "engine.concurrency to fewer actors, or engine.num_cpus to more cores each"
            )
        try:
            return pickle.dumps(self._open()(pickle.loads(piece))), None
        except SeqrecError as error:
            return None, str(error)
        except Exception as error:
            return None, words_of(error)
        finally:
            self.deaths.finish.remote(number)

    def _open(self) -> Callable[[Any], Any]:
        if self._answer is None:
            self._answer = pickle.loads(self.work).open(self.folder.here())
        return self._answer
