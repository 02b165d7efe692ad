"""Pieces of work among actors of Ray, through Ray Data."""

import pickle
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from seqrec_library_engines.kind import WorkProto

from seqrec_core.errors import SeqrecError, words_of
from seqrec_engine_ray.ray_actor import Deaths, RayPieces
from seqrec_engine_ray.ray_folder import RayFolder
from seqrec_engine_ray.ray_session import joined

if TYPE_CHECKING:
    from ray.data import Dataset

__all__ = ["RayEngine"]

_TRIES = 4
_MOST_BLOCKS = 10_000  # of a data set whose scheduler still keeps pace
_PACKAGES = (
    "every node needs Python with the packages that are installed here: in the image of its "
    "container, or by a runtime environment (ray job submit --runtime-env)"
)


@attrs.frozen(kw_only=True)
class RayEngine:
    """Has pieces answered by actors of Ray, each of which opens the work once.

    A cluster that is in use is used as it is; else the one at `address` is joined, or one is
    started here. `concurrency` actors of `num_cpus` cores and `num_gpus` GPUs each, or as many as
    there is room for. A piece whose process died is tried four times in all.
    """

    address: str | None = None
    num_cpus: float = 1.0
    num_gpus: float = 0.0
    concurrency: int | None = None

    def map(self, work: WorkProto, pieces: Sequence[Any], files: Path) -> Iterator[tuple[int, Any]]:
        """The number of each piece and its answer, as soon as it is there, in any order.

        Other machines get a copy of `files` each, for the time of the call. Raises
        SeqrecError, with the remedy, where Ray does not start, or a piece fails for good.
        """
        if not pieces:
            return
        with (
            joined(self.address) as is_shared,
            closing(self._rows(work, pieces, RayFolder.of(files, is_shared=is_shared))) as rows,
        ):
            yield from _checked(rows, len(pieces))

    def _rows(
        self, work: WorkProto, pieces: Sequence[Any], folder: RayFolder
    ) -> Generator[Mapping[str, Any], None, None]:
        import ray

        items = [{"number": n, "piece": _packed(piece)} for n, piece in enumerate(pieces)]
        packed = _packed(work)
        deaths = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(Deaths).remote()
        blocks = min(len(items), _MOST_BLOCKS)
        answers: Dataset = ray.data.from_items(items, override_num_blocks=blocks).map_batches(
            RayPieces,
            batch_size=1,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=self._actors(len(items))),
            num_cpus=self.num_cpus,
            num_gpus=self.num_gpus,
            fn_constructor_kwargs={
                "work": packed,
                "folder": folder,
                "deaths": deaths,
                "tries": _TRIES,
            },
        )
        try:
            yield from answers.iter_rows()
        except ray.exceptions.RayError as cause:
            raise _fault_of(cause) from cause
        finally:
            folder.remove()

    def _actors(self, most: int) -> int:
        """As many as the cluster has room for now; SeqrecError where it has none."""
        import ray

        if self.concurrency:
            return min(self.concurrency, most)
        has: Mapping[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        asked = {"CPU": self.num_cpus, "GPU": self.num_gpus}
        room = min(int(has.get(name, 0) // amount) for name, amount in asked.items() if amount)
        if not room:
            raise SeqrecError(
                f"an actor asks for {self.num_cpus:g} cores and {self.num_gpus:g} GPUs, and the "
                f"Ray cluster has {has.get('CPU', 0):g} and {has.get('GPU', 0):g}; change "
                "engine.num_cpus and num_gpus, or set engine.concurrency if the cluster will grow"
            )
        return min(room, most)


def _packed(value: Any) -> bytes:
    """The value pickled; functions and classes of a script or a notebook go along."""
    import ray

    dumps: Callable[[Any], bytes] = ray.cloudpickle.dumps
    try:
        return dumps(value)
    except Exception as cause:
        raise SeqrecError(f"{value!r} cannot be sent to another process: {cause}") from cause


def _checked(rows: Iterator[Mapping[str, Any]], size: int) -> Iterator[tuple[int, Any]]:
    """The answers, each piece once; SeqrecError for what the work raised, and for one lost."""
    left = set(range(size))
    for row in rows:
        number = row["number"]
        if row["fault"] is not None:
            raise SeqrecError(f"engine ray: piece {number} of {size:,} failed: {row['fault']}")
        if number in left:
            left.remove(number)
            yield number, pickle.loads(row["answer"])
    if left:
        raise SeqrecError(
            f"engine ray: {len(left):,} of {size:,} pieces have no answer; run it again, and "
            "report it with the version of Ray"
        )


def _fault_of(cause: Exception) -> SeqrecError:
    """The error to raise for one of Ray, in a sentence."""
    lines = [line.strip() for line in words_of(cause).splitlines() if line.strip()]
    telling = next((line for line in reversed(lines) if "Error" in line), lines[0])
    remedy = f"; {_PACKAGES}" if "No module named" in telling else ""
    return SeqrecError(f"engine ray: {telling}{remedy}")
