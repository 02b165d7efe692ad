"""A folder in the object store of Ray, for processes on other machines."""

import fcntl
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from ray import ObjectRef

__all__ = ["RayFolder"]

_PATIENCE = 10.0  # seconds for other machines to remove their copies
_CHUNK = 2**26  # bytes of one object: no machine needs room for a whole file


@attrs.frozen
class RayFolder:
    """Where a folder is, and what it holds: names of folders, chunks of each file by its name.

    The chunks live in the object store for as long as the driver holds this. `name` is that of
    the place of copies, of which each other machine has one until the driver calls `remove`.
    """

    node: str
    path: str
    folders: tuple[str, ...]
    files: "dict[str, Sequence[ObjectRef[Any]]]"
    name: str = attrs.field(factory=lambda: f"seqrec-ray-{uuid.uuid4().hex}")

    @classmethod
    def of(cls, folder: Path, *, is_shared: bool) -> "RayFolder":
        """The folder put into the object store; only its path where nobody else is to have it."""
        import ray

        below = sorted(folder.rglob("*")) if is_shared else []
        name = {path: path.relative_to(folder).as_posix() for path in below}
        return cls(
            node=ray.get_runtime_context().get_node_id(),
            path=str(folder.absolute()),
            folders=tuple(name[path] for path in below if path.is_dir()),
            files={
                name[path]: [ray.put(chunk) for chunk in _chunks(path)]
                for path in below
                if path.is_file()
            },
        )

    def here(self) -> Path:
        """The folder itself on the machine that has it; elsewhere the copy of that machine."""
        import ray

        if ray.get_runtime_context().get_node_id() == self.node:
            return Path(self.path)
        place = _place(self.name)
        place.mkdir(mode=0o700, exist_ok=True)
        with (place / "lock").open("w") as lock:  # the first process copies, others wait for it
            fcntl.flock(lock, fcntl.LOCK_EX)
            copy, draft = place / "files", place / "draft"
            if not copy.exists():
                shutil.rmtree(draft, ignore_errors=True)  # of a process that was killed
                draft.mkdir()
                self.copied(draft).rename(copy)
        return copy

    def remove(self) -> None:
        """Takes away the copies of all other machines that can be reached within a few seconds."""
        import ray
        from ray.util.scheduling_strategies import (
            NodeAffinitySchedulingStrategy as Affinity,
        )

        if not self.files:
            return
        work = ray.remote(num_cpus=0, max_retries=0)(_remove)
        with suppress(ray.exceptions.RayError):
            nodes = [node["NodeID"] for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]
            there = [Affinity(node, soft=False) for node in nodes if node != self.node]
            removals = [work.options(scheduling_strategy=each).remote(self.name) for each in there]
            if removals:
                ray.wait(removals, num_returns=len(removals), timeout=_PATIENCE)

    def copied(self, target: Path) -> Path:
        """The target, with all that the folder holds written below it."""
        import ray

        for name in self.folders:
            (target / name).mkdir(parents=True, exist_ok=True)
        for name, chunks in self.files.items():
            with (target / name).open("wb") as file:
                for chunk in chunks:
                    file.write(ray.get(chunk))
        return target


def _place(name: str) -> Path:
    return Path(tempfile.gettempdir(), name)


def _remove(name: str) -> None:
    shutil.rmtree(_place(name), ignore_errors=True)


def _chunks(path: Path) -> Iterator[Any]:
    """What a file holds, in buffers that Ray stores without another copy."""
    import pyarrow as pa

    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield pa.py_buffer(chunk)
