"""The training batches of a stream of files, one file a pass."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from seqrec_datamodule_parquet.dataset import Batch, ParquetDataset
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from seqrec_datamodule_parquet.replicas import ProcessReplicas

from seqrec_core.errors import DataError
from seqrec_datamodule_follow.arrivals import Arrival, Arrivals
from seqrec_datamodule_follow.stream_position import Position

UNTRAINED = "nothing of this file was trained on: mend or remove it, and go on with --resume"
STRANGE_ID = re.compile(r"(?<!\S)\d+ is (no id of the schema|the padding id)")  # a new item's
NEW_ITEMS = "items that the run does not know come in by `seqrec update`"


@attrs.frozen(eq=False)
class OpenFile:
    """A file, the digest of its footer, the module that reads it, and its batches."""

    file: Arrival
    digest: str
    module: ParquetModule
    batches: ParquetDataset


class FileStream:
    """Each pass reads the next file: all its rows once, shuffled within it.

    A file that has arrived is checked whole before its first batch, so that training stops in
    front of one that does not fit. `len` is the number of batches of the file that is read, or
    comes next. `state_dict` says how far the stream was read, to the batch; a stream with the
    state of another goes on there. `opened` makes the module that reads the file `train`.
    """

    def __init__(self, arrivals: Arrivals, opened: Callable[..., ParquetModule]) -> None:
        self.arrivals = arrivals
        self._opened = opened
        self._position = Position()
        self._within: dict[str, Any] | None = None
        self._open: OpenFile | None = None
        self._moved: Callable[[], None] | None = None
        self._begun = ""
        self._length = 0

    def has_more(self) -> bool:
        """Whether there are rows that were not read; DataError where that makes no sense."""
        return self._coming() is not None

    def begin(self, moved: Callable[[], None]) -> None:
        """Fixes `len` as that of the file to come; a pass over another file begins with `moved`.

        Where none is there it is 1, so that a trainer begins the pass.
        """
        self._moved = None
        coming = self._coming()
        self._begun, self._length = "", 1
        if coming is not None:
            self._begun, self._length = coming.file.name, len(coming.batches)
        self._moved = moved

    @property
    def module(self) -> ParquetModule:
        """The module of the file that was read last."""
        if (self._open is None and self._coming() is None) or self._open is None:
            raise DataError(f"{self.arrivals.place} has no file to train on")
        return self._open.module

    def __len__(self) -> int:
        """Batches of the file of this pass, or of the next."""
        _check_alone()
        if self._moved is not None:
            return self._length
        coming = self._coming()
        return 0 if coming is None else len(coming.batches)

    def __iter__(self) -> Iterator[Batch]:
        """The batches of the next file, or of what is left of it; none where there is none."""
        _check_alone()
        if self._moved is not None and self._begun in self._position.trained:
            self._moved()
        coming = self._coming()
        if self._moved is not None and (coming is None or coming.file.name != self._begun):
            self._moved()
        if coming is None:
            return
        batches, length = coming.batches, len(coming.batches)
        batches.load_state_dict(batches.state_dict())  # goes on where a pass was left early
        for batch in batches:
            self._position.file, self._position.digest = coming.file.name, coming.digest
            self._position.batch += 1
            self._within = dict(batches.state_dict())
            if self._position.batch == length:
                self._position.take(coming.file)
                self._within = None
            yield batch

    def state_dict(self) -> dict[str, Any]:
        """How far the stream was read."""
        return {**self._position.state(), "within": self._within}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on where another stream was."""
        self._position, self._within = Position.of(state), state["within"]
        self._open = None

    def _coming(self) -> OpenFile | None:
        """The file to read from next, open; files without rows are passed over."""
        while True:
            there = self.arrivals.files(may_be_absent=self._position.is_start)
            file = self._position.coming(there)
            if file is None:
                return None
            if self._open is not None and self._open.file == file:
                return self._open
            footer = self.arrivals.footer(file)
            if not footer.rows:
                self._position.take(file)
                continue
            if self._position.file is not None and footer.digest != self._position.digest:
                raise DataError(
                    f"{file.place} has changed since its first {self._position.batch:,} batches "
                    "were trained on; restore it, and go on with --resume"
                )
            self._open = self._checked(file, footer.digest)
            return self._open

    def _checked(self, file: Arrival, digest: str) -> OpenFile:
        """A file, open; DataError, which says what to do, where anything in it is wrong."""
        try:
            module = self._opened(train=file.place)
            (batches,) = module.loaders("train")
            if self._within is None:
                for group in batches.source.groups:
                    batches.source.read(group, batches.schema)
        except DataError as fault:
            hint = f" {NEW_ITEMS};" if STRANGE_ID.search(str(fault)) else ""
            raise DataError(f"{fault};{hint} {UNTRAINED}") from fault
        batches.set_epoch(self._position.count)
        if self._within is not None:
            batches.load_state_dict(self._within)
        return OpenFile(file, digest, module, batches)


def _check_alone() -> None:
    """Raises DataError in one of several processes, or of several workers."""
    if (count := ProcessReplicas().num_replicas) > 1:
        raise DataError(
            f"data.type follow trains in one process, and here are {count}; set trainer.devices "
            "to 1"
        )
