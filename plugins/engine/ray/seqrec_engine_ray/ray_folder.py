"""A folder in the object store of Ray, for processes on other machines."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from ray import ObjectRef

__all__ = ["RayFolder"]

_CHUNK = 2**26  # bytes of one object: no machine needs room for a whole file


@attrs.frozen
class RayFolder:
    """Where a folder is, and what it holds: names of folders, chunks of each file by its name.

    The chunks live in the object store for as long as the driver holds this.
    """

    node: str
    path: str
    folders: tuple[str, ...]
    files: "dict[str, Sequence[ObjectRef[Any]]]"

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
        """The folder itself on the machine that has it; elsewhere a copy of this process."""
        import ray

        if ray.get_runtime_context().get_node_id() == self.node:
            return Path(self.path)
        return self.copied(Path(tempfile.mkdtemp(prefix="seqrec-ray-")))

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


def _chunks(path: Path) -> Iterator[Any]:
    """What a file holds, in buffers that Ray stores without another copy."""
    import pyarrow as pa

    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield pa.py_buffer(chunk)
