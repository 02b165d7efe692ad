"""A result in parts, which several processes write, and which is there as a whole or not at all.

    out/part-000000-<attempt>.parquet    the rows of piece 0; an attempt has a name of its own
    out/_SUCCESS                         written last: how many rows there are, and the parts

What is not finished stands in a folder that readers leave out, for its name: beside `out`, or in
it where a store knows no renaming of folders.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from seqrec_core.places import is_remote, local
from seqrec_tool_run.folder_parts import begun_folder
from seqrec_tool_run.store_parts import begun_store

__all__ = ["ResultParts", "begun"]


class ResultParts(Protocol):
    """Where parts go; it pickles, so that any process can write one."""

    @contextmanager
    def written(self, name: str) -> Iterator[Path]:
        """Where to write a part here, which is then in its place among the unfinished."""

    @contextmanager
    def opened(self, name: str) -> Iterator[Any]:
        """A part that was written, to read from; not after `commit`."""

    def commit(self, names: Sequence[str], rows: int) -> None:
        """Makes these parts the result, and removes all others and an earlier result.

        Raises SeqrecError where that cannot be done, or would cost what others put there: then the
        earlier result is as it was, and the message says where the new parts are kept.
        """


@contextmanager
def begun(out: str | os.PathLike[str]) -> Iterator[ResultParts]:
    """Where the parts of a result at a path or a URI go; nothing is left of one that is not whole.

    Raises SeqrecError where something else stands there, or, at a path, another process writes.
    """
    with begun_store(str(out)) if is_remote(out) else begun_folder(local(out)) as parts:
        yield parts
