"""The files of a URI, whatever the protocol: fsspec knows these, and here they are made patient.

Neither renaming nor checksums are asked for: not every store has them.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import attrs

from seqrec_core.errors import DataError, SeqrecError, words_of
from seqrec_core.printable import without_secrets as shown
from seqrec_core.retries import NoAnswerError, patiently, settings

__all__ = ["PIECE", "Info", "Objects", "Range", "Store", "pieces"]

Info = Mapping[str, Any]
Objects = Mapping[str, Info]
T = TypeVar("T", bound="Store")
Range = tuple[int, int]
PIECE = 2**23  # most bytes of a request; several go at once


class _NoRangesError(Exception):
    """A server that sends whole files, whatever is asked for."""


def pieces(place: str, system: Any, path: str, ranges: Collection[Range]) -> dict[Range, bytes]:
    """The bytes of each range of a file; what came is not asked for again when another fails."""
    parts: dict[Range, bytes] = {}

    def ask() -> None:
        left = [range_ for range_ in ranges if range_ not in parts]
        starts, ends = [start for start, _ in left], [end for _, end in left]
        answers = system.cat_ranges([path] * len(left), starts, ends, on_error="return")
        fault: Exception | None = None
        for (start, end), answer in zip(left, answers, strict=True):
            if isinstance(answer, Exception):
                fault = answer
            elif len(answer) > end - start:
                raise _NoRangesError
            elif len(answer) < end - start:
                fault = ConnectionError(f"{len(answer):,} bytes came of {end - start:,}")
            else:
                parts[start, end] = bytes(answer)
        if fault is not None:
            raise fault

    patiently(place, ask, lambda: len(parts))
    return parts


@attrs.frozen
class Store:
    """What a URI names: a path in one of the file systems of fsspec, whether it is there or not.

    Names of files are paths below the root; of a root that is a file, "".
    """

    pieces = staticmethod(pieces)
    uri: str = attrs.field(repr=shown)
    system: Any
    root: str

    @classmethod
    def of(cls: type[T], uri: str) -> T:
        """DataError for a protocol that nobody knows, or whose library is not installed."""
        protocol = uri.partition("://")[0]
        try:
            from fsspec.core import url_to_fs  # type: ignore[import-untyped]
            from fsspec.registry import known_implementations  # type: ignore[import-untyped]
        except ImportError as cause:
            needs = "fsspec s3fs" if protocol in ("s3", "s3a") else "fsspec"
            raise DataError(f"{shown(uri)} is read with fsspec: pip install {needs}") from cause
        try:
            system, root = url_to_fs(uri, **settings(protocol))
        except ImportError as cause:
            library = known_implementations.get(protocol, {}).get("class", "").partition(".")[0]
            needs = " ".join(dict.fromkeys(["fsspec", library])).strip()
            raise DataError(f"{shown(uri)}: {cause}; pip install {needs}") from cause
        except Exception as cause:
            remedy = "write s3://, gs://, hf://, file:// or a path"
            if protocol == "hdfs":
                remedy = "hdfs:// needs Java, and libhdfs: set JAVA_HOME, HADOOP_HOME and CLASSPATH"
                remedy += " (hadoop classpath --glob)"
            said = shown(" ".join(words_of(cause).split()))
            raise DataError(
                f"{shown(uri)}: no file system answers to it: {said}; {remedy}"
            ) from cause
        if {".", ".."} & set(str(root).split("/")):
            raise DataError(f"{shown(uri)}: write it without . and ..")
        return cls(uri, system, str(root).rstrip("/"))

    @property
    def name(self) -> str:
        """The last part of the path, which a copy has, too."""
        return PurePosixPath(self.root).name or "root"

    def path(self, name: str) -> str:
        """The path of a file as its file system takes it."""
        return f"{self.root}/{name}" if name else self.root

    def objects(self, without: Collection[str] = ()) -> Objects:
        """What is known of each file; those with the names `without` are left out."""
        with self.explained("read"):
            objects = patiently(shown(self.uri), self._listed)
        return {name: info for name, info in objects.items() if name not in without}

    def matching(self) -> list[str]:
        """The URIs of the files whose names this one is a pattern of, in order."""
        front = self.uri[: self.uri.rindex(self.root)] if self.root in self.uri else self.uri

        def ask() -> Objects:
            self.system.invalidate_cache()
            answer: Objects = self.system.glob(self.root, detail=True)
            return answer

        with self.explained("read"):
            files = patiently(shown(self.uri), ask)
        return [front + path for path in sorted(files) if files[path]["type"] == "file"]

    def get(self, name: str, path: Path, size: int | None) -> None:
        """Fetches a file of this size; a large one piece by piece, each of them tried again."""
        if size is not None and size > PIECE and self.system.async_impl:
            with suppress(_NoRangesError):
                self._get_pieces(name, path, size)
                return

        def download() -> None:
            self.system.get_file(self.path(name), str(path))
            if size is not None and size != (here := path.stat().st_size):
                raise ConnectionError(f"{name or self.name}: {here:,} bytes came of {size:,}")

        patiently(shown(self.uri), download)

    def _get_pieces(self, name: str, path: Path, size: int) -> None:
        ranges = [(start, min(start + PIECE, size)) for start in range(0, size, PIECE)]
        with path.open("wb") as file:
            for first in range(0, len(ranges), 8):
                some = ranges[first : first + 8]
                parts = pieces(shown(self.uri), self.system, self.path(name), some)
                file.writelines(parts[place] for place in some)

    def read(self, name: str) -> bytes:
        """The bytes of a small file."""
        data: bytes = patiently(shown(self.uri), lambda: self.system.cat_file(self.path(name)))
        return data

    def put(self, path: Path, name: str) -> None:
        """Sends a file."""
        target = self.path(name)

        def upload() -> None:
            self.system.makedirs(target.rpartition("/")[0], exist_ok=True)
            self.system.put_file(str(path), target)

        patiently(shown(self.uri), upload)

    def remove(self, name: str) -> None:
        """Takes a file away, if it is there."""

        def take_away() -> None:
            self.system.invalidate_cache()
            if self._info(name) is not None:
                self.system.rm_file(self.path(name))

        patiently(shown(self.uri), take_away)

    def _listed(self) -> Objects:
        self.system.invalidate_cache()
        info = self._info("")
        if info is None or info["type"] == "file":
            return {} if info is None else {"": info}
        files = self.system.find(self.root, detail=True)
        below = {self._below(path): info for path, info in files.items()}
        return {name: info for name, info in below.items() if name}

    def _info(self, name: str) -> Info | None:
        try:
            info: Info = self.system.info(self.path(name))
            return info
        except FileNotFoundError:  # `exists` takes every fault for an absence
            return None

    def _below(self, path: str) -> str:
        """The path of a file below the root, "" for what stands for a folder.

        DataError for a name that leads elsewhere.
        """
        name = path.removeprefix(f"{self.root}/")
        is_below = path.startswith(f"{self.root}/") and "\\" not in name and "\0" not in name
        if path.endswith("/") or path == self.root:
            return ""
        if not is_below or {"", ".", ".."} & set(name.split("/")):
            raise DataError(f"{shown(self.uri)}: {name!r} leads out of the folder; rename it")
        return name

    @contextmanager
    def explained(self, verb: str, advice: str = "") -> Iterator[None]:
        """What a file system raises, as a sentence without secrets."""
        try:
            yield
        except SeqrecError:
            raise
        except Exception as cause:
            words = str(cause) if isinstance(cause, NoAnswerError) else words_of(cause)
            said = shown(" ".join(words.split()))
            raise DataError(f"{shown(self.uri)} cannot be {verb}: {said}{advice}") from cause
