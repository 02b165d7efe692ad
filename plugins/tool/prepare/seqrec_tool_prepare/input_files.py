"""A file that was named as input, and its content: as it stands, or out of its compression."""

import bz2
import gzip
import io
import lzma
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import attrs
import pyarrow as pa

from seqrec_core.errors import DataError

__all__ = ["PACKED_SUFFIXES", "InputFile", "compression_of"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_KINDS = {  # first bytes of a file
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
}
PACKED_SUFFIXES = (".gz", ".gzip", ".zst", ".zstd", ".bz2", ".xz")
"""Of compressed files, in lower case."""
_SCANNED = ("gzip", "zstd")  # polars decompresses these while it reads text
_CHUNK = 2**20


def _open_zstd(path: Path) -> IO[bytes]:
    stream: Any = pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")
    return io.BufferedReader(stream)


_OPENERS: dict[str | None, Callable[[Path], Any]] = {
    None: lambda path: path.open("rb"),
    "gzip": gzip.open,
    "zstd": _open_zstd,
    "bzip2": bz2.open,
    "xz": lzma.open,
}


def compression_of(start: bytes) -> str | None:
    """What a file that starts like this is compressed by."""
    return next((kind for first, kind in _KINDS.items() if start.startswith(first)), None)


@attrs.frozen
class InputFile:
    """`path` is what was named, `content` what is read: the same, or an unpacked copy.

    `packed` is how the content is compressed; `scratch` the folder for copies, None where none may
    be made.
    """

    path: Path
    content: Path
    packed: str | None
    scratch: Path | None = None

    @classmethod
    def of(cls, path: Path, scratch: Path | None = None) -> "InputFile":
        """The file at a path; its first bytes say whether it is compressed, not its name."""
        with path.open("rb") as file:
            return cls(path, path, compression_of(file.read(8)), scratch)

    @property
    def suffix(self) -> str:
        """The suffix in lower case, without that of a compression."""
        path = self.path
        if self.packed is not None and path.suffix.lower() in PACKED_SUFFIXES:
            path = path.with_suffix("")
        return path.suffix.lower()

    def start(self, size: int = 512) -> bytes:
        """The first bytes of the content, without a byte-order mark."""
        with self.opened() as file:
            return file.read(size + 3).removeprefix(_BYTE_ORDER_MARK)[:size]

    def lines(self) -> Iterator[bytes]:
        """The lines of the content with their ends, without a byte-order mark."""
        with self.opened() as file:
            for number, line in enumerate(file):
                yield line if number else line.removeprefix(_BYTE_ORDER_MARK)

    def line_count(self) -> int:
        """How many line feeds the content has."""
        with self.opened() as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))

    def first_line(self) -> str:
        """The first line that is not blank, without its end; DataError for what is not text."""
        with self.opened() as file:
            lines = iter(lambda: file.readline(_CHUNK), b"")
            line = next((line for line in lines if line.strip(b"\r\n\t \xef\xbb\xbf")), b"")
        try:
            text = line.removeprefix(_BYTE_ORDER_MARK).decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{self.path}: not UTF-8 text ({error}); convert it to UTF-8, or name its "
                "--format if it is no text"
            ) from error
        if "\r" in text:
            raise DataError(
                f"{self.path}: lines end in a carriage return alone; end them in a line feed"
            )
        return text

    def line_without_text(self) -> tuple[int, str] | None:
        """Number of the first line that is not UTF-8, and what to say of it."""
        for number, line in enumerate(self.lines(), start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return number, f"not UTF-8 text ({error.reason}); convert the file to UTF-8"
        return None

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The content as bytes; DataError where the compression is cut short or damaged."""
        try:
            with _OPENERS[self.packed](self.content) as file:
                yield file
        except (EOFError, zlib.error, lzma.LZMAError, pa.ArrowException) as error:
            raise self._damage(error) from error
        except OSError as error:
            if error.errno is not None or self.packed is None:
                raise
            raise self._damage(error) from error

    def refuse_damage(self) -> None:
        """Read all of it; DataError where the compression is cut short or damaged."""
        with self.opened() as file:
            while file.read(_CHUNK):
                pass

    def scanned(self, *, text: bool = True) -> "InputFile":
        """The file as polars can read it: itself, or a copy that is unpacked."""
        if self.packed is None or (text and self.packed in _SCANNED):
            return self
        return self.unpacked()

    def unpacked(self) -> "InputFile":
        """A copy in the scratch folder, out of its compression and without a byte-order mark."""
        if self.scratch is None:
            raise DataError(f"{self.path}: compressed by {self.packed}; decompress it first")
        self.scratch.mkdir(parents=True, exist_ok=True)
        copy = self.scratch / f"{len(list(self.scratch.iterdir()))}{self.suffix}"
        with self.opened() as file, copy.open("wb") as target:
            target.write(file.read(_CHUNK).removeprefix(_BYTE_ORDER_MARK))
            shutil.copyfileobj(file, target, _CHUNK)
        return attrs.evolve(self, content=copy, packed=None)

    def _damage(self, error: Exception) -> DataError:
        return DataError(
            f"{self.path}: cut short or damaged inside its {self.packed} compression ({error}); "
            "copy or download it again"
        )
