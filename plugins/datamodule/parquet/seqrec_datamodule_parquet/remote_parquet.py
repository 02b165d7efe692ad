"""Parquet files of a remote store: only the bytes of the columns that are read, tried again."""

import io
import os
import pickle
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq

from seqrec_core.errors import DataError, SeqrecError
from seqrec_core.places import Store, patiently, shown

__all__ = ["RemoteParquet"]

TAIL = 2**16  # bytes of a file's end that hold most footers
PIECE = 2**23  # most bytes of a request; several go at once
GAP = 2**16  # bytes that nobody asked for, and that cost less than a request of their own

Range = tuple[int, int]


class RemoteParquet:
    """Files of one file system of fsspec, each in the version that its footer was read from.

    Raises DataError for what a store does not give in the end, and for a file that has changed.
    """

    def __init__(self, system: Any):
        self._system, self._process = system, os.getpid()
        self._versions: dict[str, Mapping[str, Any]] = {}

    @classmethod
    def of(cls, filesystem: pyarrow.fs.FileSystem) -> "RemoteParquet | None":
        """That of a file system which fsspec reads; of others None."""
        handler = filesystem.handler if isinstance(filesystem, pyarrow.fs.PyFileSystem) else None
        return cls(handler.fs) if isinstance(handler, pyarrow.fs.FSSpecHandler) else None

    @property
    def system(self) -> Any:
        """The file system; in a process that was forked, one of its own."""
        if self._process != os.getpid():
            self._system, self._process = pickle.loads(pickle.dumps(self._system)), os.getpid()
        return self._system

    def footer(self, file: str) -> pq.FileMetaData:
        """The footer of a file, whose version counts from now on; FileNotFoundError without one."""
        version = self._versions[file] = self._version(file)
        size = int(version["size"])
        tail = (max(0, size - TAIL), size)
        return pq.read_metadata(_Parts(self, file, size, self._fetched(file, [tail])))

    def read_row_group(
        self, file: str, number: int, columns: Collection[str], footer: pq.FileMetaData
    ) -> pa.Table:
        """The columns of a row group, in the version of the footer."""
        ranges = [*_cut(_joined(_chunks(footer.row_group(number), columns)))]
        try:
            parts = self._fetched(file, ranges)
        except FileNotFoundError:
            self._check(file)  # a file that is gone has changed, too
            raise
        self._check(file)
        handle = _Parts(self, file, int(self._versions[file]["size"]), parts)
        reader = pq.ParquetFile(handle, metadata=footer, pre_buffer=False)
        return reader.read_row_group(number, columns=[*columns])

    def fetched(self, file: str, start: int, end: int) -> bytes:
        """Some bytes of a file, in the version of its footer."""
        [data] = self._fetched(file, [(start, end)]).values()
        self._check(file)
        return data

    def _check(self, file: str) -> None:
        try:
            is_same = self._version(file) == self._versions[file]
        except FileNotFoundError:
            is_same = False
        if not is_same:
            raise DataError(
                f"{self.shown(file)} has changed since it was opened, so its rows would be of two "
                "versions; begin anew, with files that stay as they are"
            )

    def _version(self, file: str) -> Mapping[str, Any]:
        """All that the file system says of a file now."""

        place = self.shown(file)

        def ask() -> Mapping[str, Any]:
            self.system.invalidate_cache(file)
            info: Mapping[str, Any] = self.system.info(file)
            return info

        version: Mapping[str, Any] = self.explained(file, lambda: patiently(place, ask))
        return version

    def _fetched(self, file: str, ranges: Collection[Range]) -> dict[Range, bytes]:
        """The bytes of each range; what came is not asked for again when another fails."""
        place = self.shown(file)
        parts: dict[Range, bytes] = self.explained(
            file, lambda: Store.pieces(place, self.system, file, ranges)
        )
        return parts

    def explained(self, file: str, ask: Callable[[], Any]) -> Any:
        """What the store gives; DataError, without secrets, for what it does not."""
        try:
            return ask()
        except (FileNotFoundError, SeqrecError):
            raise
        except Exception as cause:
            words = f"{type(cause).__name__}: {cause}"
            said = shown(" ".join(words.split()))
            raise DataError(f"{self.shown(file)} cannot be read: {said}") from cause

    def shown(self, file: str) -> str:
        """The URI of a file, without secrets."""
        return shown(str(self._system.unstrip_protocol(file)))


class _Parts(io.RawIOBase):
    """A file of which some parts are here; others are fetched when somebody reads them."""

    def __init__(self, owner: RemoteParquet, file: str, size: int, parts: Mapping[Range, bytes]):
        self.owner, self.file, self.size, self.position = owner, file, size, 0
        self.parts = sorted(parts.items())

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.position = offset + {os.SEEK_CUR: self.position, os.SEEK_END: self.size}.get(whence, 0)
        return self.position

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes from where it is, or to the end."""
        start, end = self.position, self.size
        if size is not None and size >= 0:
            end = min(end, start + size)
        pieces, place = [], start
        for (first, last), data in self.parts:
            if first <= place < last and place < end:
                pieces.append(data[place - first : min(end, last) - first])
                place += len(pieces[-1])
        if place < end:
            pieces.append(self.owner.fetched(self.file, place, end))
        self.position = max(start, end)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _chunks(group: Any, columns: Collection[str]) -> Iterator[Range]:
    """Where the chosen columns of a row group lie."""
    for number in range(group.num_columns):
        chunk = group.column(number)
        if chunk.path_in_schema.partition(".")[0] in columns:
            first, dictionary = chunk.data_page_offset, chunk.dictionary_page_offset
            start = first if dictionary is None else min(first, dictionary or first)
            yield start, start + chunk.total_compressed_size


def _joined(ranges: Iterator[Range]) -> Iterator[Range]:
    """The ranges in order, those with little between them as one."""
    rest = sorted(ranges)
    while rest:
        start, end = rest.pop(0)
        while rest and rest[0][0] - end <= GAP:
            end = max(end, rest.pop(0)[1])
        yield start, end


def _cut(ranges: Iterator[Range]) -> Iterator[Range]:
    """The ranges in requests of a size that can be made at once."""
    for first, end in ranges:
        for start in range(first, end, PIECE):
            yield start, min(start + PIECE, end)
