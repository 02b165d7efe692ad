"""The Parquet files of a folder that files are added to, on any filesystem."""

import os
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import attrs
import pyarrow as pa
import pyarrow.parquet as pq

from seqrec_core.errors import DataError
from seqrec_core.places import Store, is_remote, local, patiently, shown

RENAME = "write it under a name that begins with `_`, and rename it once it is whole"
_TAIL = 2**16  # bytes of the end of a file, which hold most footers


@attrs.frozen
class Arrival:
    """A file: its name below the folder, where it can be read, and its bytes."""

    name: str
    place: str
    size: int


@attrs.frozen
class Footer:
    """The rows of a file, and the digest of what its end says of all its parts."""

    rows: int
    digest: str


class Arrivals:
    """The files below a folder, a URI of one, or the one file at a path, in the order of names.

    Those whose names end in `.parquet` count, unless a part of the name begins with `.` or `_`.
    Links to files are read; those to folders are not followed, since they may go in circles.
    A store that fails is asked again, for as long as `seqrec_core.places.patiently` does.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self._store = Store.of(place) if is_remote(place) else None
        self._root = "" if self._store else str(local(place).absolute()).rstrip("/")

    def files(self, may_be_absent: bool = True) -> list[Arrival]:
        """Those that are there; DataError where nobody can tell.

        A folder of this machine that is not there has none, if it may be absent.
        """
        if not may_be_absent and self._root and not os.path.lexists(self._root):
            raise DataError(
                f"data.stream, {shown(self.place)}, is gone, and files of it were trained on; "
                "restore it, or mount it again, and go on with --resume"
            )
        try:
            sizes = patiently(shown(self.place), self._here) if not self._store else self._there()
        except (OSError, ValueError, DataError, pa.ArrowException) as cause:
            raise DataError(
                f"the files of data.stream, {shown(self.place)}, cannot be listed: {cause}; go on "
                "with --resume once they can"
            ) from cause
        if [*sizes] == [""]:
            name = self._store.name if self._store else Path(self._root).name
            return [Arrival(name, self._place_of(""), sizes[""])]
        return [
            Arrival(name, self._place_of(name), size)
            for name, size in sorted(sizes.items())
            if name.endswith(".parquet")
            and not any(part.startswith((".", "_")) for part in name.split("/"))
        ]

    def footer(self, file: Arrival) -> Footer:
        """What the end of a file says; DataError for one that is no Parquet, or not whole."""
        try:
            tail = self._tail(file, _TAIL)
            length = int.from_bytes(tail[-8:-4], "little") + 8
            if len(tail) < length <= file.size:
                tail = self._tail(file, length)
            rows: int = pq.read_metadata(pa.BufferReader(tail)).num_rows
            return Footer(rows, sha256(tail[-length:-8]).hexdigest())
        except (OSError, ValueError, pa.ArrowException) as cause:
            raise DataError(
                f"{shown(file.place)}: cannot be read as Parquet: {cause}; if it is still being "
                f"written, {RENAME}"
            ) from cause

    def _here(self) -> dict[str, int]:
        """Bytes of each file of this machine, by its name below the root; of a file, ""."""
        root = self._root or "/"
        if os.path.isfile(root):
            return {"": os.stat(root).st_size}
        sizes: dict[str, int] = {}
        for folder, below, names in os.walk(root, onerror=_raised):
            below[:] = [name for name in below if not name.startswith((".", "_"))]
            for name in names:
                path = os.path.join(folder, name)
                with suppress(FileNotFoundError):  # removed just now, or a link to nothing
                    if stat.S_ISREG((info := os.stat(path)).st_mode):
                        sizes[_text(os.path.relpath(path, root))] = info.st_size
        return sizes

    def _there(self) -> dict[str, int]:
        """Bytes of each object of a store."""
        assert self._store is not None
        return {name: int(info["size"]) for name, info in self._store.objects().items()}

    def _tail(self, file: Arrival, length: int) -> bytes:
        """So many bytes of the end of a file, or all of it."""
        start = max(0, file.size - length)
        if self._store is None:
            with open(file.place, "rb") as handle:
                handle.seek(start)
                return handle.read(length)
        name = "" if file.place == self.place else file.name
        path, range_ = self._store.path(name), (start, file.size)
        with self._store.explained("read"):
            return self._store.pieces(shown(file.place), self._store.system, path, [range_])[range_]

    def _place_of(self, name: str) -> str:
        """Where a file can be read."""
        if self._store is None:
            return f"{self._root}/{name}" if name else self._root
        uri, _, query = self.place.partition("?")
        return f"{uri.rstrip('/')}/{name}{query and f'?{query}'}" if name else self.place


def _raised(fault: OSError) -> None:
    """Ends a walk by its fault; a folder that was removed just now has no files."""
    if not isinstance(fault, FileNotFoundError):
        raise fault


def _text(name: str) -> str:
    """The name with `/`; ValueError for bytes that are no text."""
    os.fsencode(name).decode()
    return name.replace(os.sep, "/")
