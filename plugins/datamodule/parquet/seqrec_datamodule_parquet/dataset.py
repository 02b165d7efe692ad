"""A stream of batches from Parquet files."""

import os
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from seqrec_library_data_checks.expectation import Expectation
from torch import Tensor
from torch.utils.data import IterableDataset

from seqrec_core.schema import TensorSchema
from seqrec_datamodule_parquet.columns import Columns
from seqrec_datamodule_parquet.handover import Handover, Leg
from seqrec_datamodule_parquet.metadata import column_formats
from seqrec_datamodule_parquet.prefetch import prefetch
from seqrec_datamodule_parquet.replicas import ProcessReplicas, Replicas
from seqrec_datamodule_parquet.shares import POOL, Share, Window, cut, sharing, windows
from seqrec_datamodule_parquet.source import ParquetSource
from seqrec_datamodule_parquet.stream_checks import (
    check_length_column,
    check_names,
    check_settings,
    check_tie_column,
)

Batch = dict[str, Tensor]
PARTITION_SIZE = 2**17
_BATCHES_AHEAD = 4


def mask_name(column: str) -> str:
    """Name of the mask of a column."""
    return f"{column}_mask"


class ParquetDataset(IterableDataset[Batch]):
    """Yields batches: each column of `metadata` as a tensor, and its mask, True = real element.

    `source` is a path or URI, a list of them, or a folder. What `metadata` may say of a column is
    in `column_formats`; shapes are (B,), (B, L) or (B, L, n), with padding on the left.

    Exact in any number of processes: every row stands in one batch of one of them, and a row group
    is read by several only where rows could not be even otherwise. All make the same number of
    steps wherever they have so many rows; with `equal_steps` those that have fewer end with batches
    of one row that is all padding.

    With a `generator`, rows are shuffled anew in every epoch: the row groups of the process, and
    then the rows in windows of `partition_size` of them, which span row groups. The order
    depends on the generator's initial seed and the number of the epoch, nothing else; its state
    is not used. `state_dict` says where the stream is, `load_state_dict` goes on there, with
    `equal_steps` in another number of processes too. A
    DataLoader with workers copies the stream for every pass: call `set_epoch` before each.

    `length_column` names a list column: batches are then only as long as its longest row and
    `front_padding` positions. `group_by_length` puts rows of similar length into a batch.

    `tie_column` names a column of times, in metadata or not, that is a list in each row: where
    neighbours in it are equal, the order of these events means nothing, and each epoch draws a
    new one, the same for all columns as long as it. Needs a `generator`.

    With `features`, what is read has to be as they say, see ParquetSource. Raises DataError, here
    or while reading, that names file, column and row.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | Sequence[str],
        metadata: Mapping[str, Mapping[str, Any]],
        partition_size: int = PARTITION_SIZE,
        batch_size: int = 128,
        filesystem: Any = None,
        make_mask_name: Callable[[str], str] = mask_name,
        device: torch.device | str | None = None,
        generator: torch.Generator | None = None,
        replicas_info: Replicas | None = None,
        collate_fn: Callable[[list[Batch]], Batch] | None = None,
        *,
        equal_steps: bool = False,
        length_column: str | None = None,
        front_padding: int = 0,
        group_by_length: bool = False,
        tie_column: str | None = None,
        features: TensorSchema | None = None,
    ):
        if min(batch_size, partition_size) < 1:
            raise ValueError(
                f"batch_size is {batch_size} and partition_size {partition_size}; "
                "both must be at least 1"
            )
        self.source = ParquetSource(source, filesystem, features)
        if features is not None and tie_column is not None:
            times = Expectation(name=tie_column, depth=1, is_id=False, is_event=True)
            self.source.expected.setdefault(tie_column, times)
        self.schema = self.source.schema(
            name for name in dict.fromkeys([*metadata, tie_column]) if name is not None
        )
        self.formats = column_formats(metadata, self.schema)
        self.make_mask_name = make_mask_name
        check_names(self.formats, make_mask_name)
        check_length_column(length_column, group_by_length, self.formats)
        check_tie_column(tie_column, generator, self.schema)
        self.partition_size = partition_size
        self.batch_size = batch_size
        self.device = device
        self.seed = None if generator is None else generator.initial_seed()
        self.replicas_info = replicas_info or ProcessReplicas()
        self.collate_fn = collate_fn
        self.equal_steps = equal_steps
        self.length_column = length_column
        self.front_padding = front_padding
        self.group_by_length = group_by_length
        self.tie_column = tie_column
        self._epoch, self._batch, self._continues = 0, 0, False
        self._legs: tuple[Leg, ...] = ()  # of this epoch, in other numbers of processes

    def __len__(self) -> int:
        """Number of batches that this process gets in an epoch."""
        return self._length(self.share())

    def __iter__(self) -> Iterator[Batch]:
        """The batches of the next epoch, or of what is left of the one that was loaded."""
        share = self.share()
        if (self._batch or self._legs) and not self._continues:
            self.set_epoch(self._epoch + 1)
        self._continues = False
        if self.equal_steps and len(share.sizes) < share.steps:
            warnings.warn(
                f"process {share.replica} has rows for {len(share.sizes)} of {share.steps} steps; "
                f"there are too few of them for {self.replicas_info.num_replicas} processes, and "
                "the rest of its steps are padding; start fewer",
                stacklevel=2,
            )
        for batch in prefetch(self._coming(share), _BATCHES_AHEAD):
            self._batch += 1
            if self._batch == self._length(share):
                self.set_epoch(self._epoch + 1)
            yield batch

    def set_epoch(self, epoch: int) -> None:
        """Makes the next iteration that of an epoch; by itself, each is one further."""
        self._epoch, self._batch, self._legs = epoch, 0, ()

    def state_dict(self) -> dict[str, Any]:
        """Where the stream is: the number of the batch to come, and what batches depend on."""
        return {
            "epoch": self._epoch,
            "batch": self._batch,
            "legs": [[*leg] for leg in self._legs],
            "seed": self.seed,
            **self._settings(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on where another stream was.

        In the middle of an epoch another number of processes shares out the batches that are left,
        the same ones, each to one process; `batch` then stands as far from the end of an epoch.
        Raises ValueError there for batches that were other ones: of another size, from other rows.
        """
        processes, batch = state["num_replicas"], state["batch"]
        here = self.replicas_info.num_replicas if self.equal_steps else processes
        handover = self._handover(tuple(Leg(*leg) for leg in state.get("legs", ())))
        if batch or handover.legs:
            settings = self._settings(processes if self.equal_steps else None)
            check_settings(state, settings, handover.rows)
            if processes != here:
                handover = handover.after(processes, batch)
                batch = handover.begin(here)
        self._epoch, self._batch, self._legs = state["epoch"], batch, handover.legs
        self.seed, self._continues = state["seed"], True

    def share(self) -> Share:
        """What this process reads in an epoch."""
        return self._share(self.replicas_info.curr_replica, self.replicas_info.num_replicas)

    def _share(self, replica: int, num_replicas: int) -> Share:
        return self._sharing(num_replicas)(replica)

    def _sharing(self, num_replicas: int) -> Callable[[int], Share]:
        return sharing(self._handover().rows, num_replicas, self.batch_size)

    def _handover(self, legs: tuple[Leg, ...] = ()) -> Handover:
        return Handover([group.rows for group in self.source.groups], self.batch_size, legs)

    def _settings(self, processes: int | None = None) -> dict[str, Any]:
        """What the batches of an epoch depend on, beside its number and the seed."""
        processes = processes or self.replicas_info.num_replicas
        return {
            "rows": sum(group.rows for group in self.source.groups),
            "batch_size": self.batch_size,
            "partition_size": self.partition_size,
            "group_by_length": self.group_by_length,
            "tie_column": self.tie_column,
            "num_replicas": processes,
            "steps": self._share(0, processes).steps,
        }

    def _coming(self, share: Share) -> Generator[Batch]:
        """The batches of the epoch that are still to come here."""
        if not self._legs:
            yield from self._batches(share, self._epoch, self._batch)
            return
        epoch, processes = self._epoch, self.replicas_info.num_replicas
        own, empty = self._handover(self._legs).ahead(share.replica, processes, self._batch)
        begun = self._sharing(self._legs[0].processes)
        for replica, first, stop in own:
            yield from self._batches(begun(replica), epoch, first, stop)
        for _ in range(empty):
            yield self._padding_batch()

    def _length(self, share: Share) -> int:
        """Number of batches of an epoch, those of padding included."""
        return share.steps if self.equal_steps else len(share.sizes)

    def whole(self) -> Share:
        """What one process reads that shares the rows with nobody."""
        return self._share(0, 1)

    def windows(self) -> list[Window]:
        """What `whole` reads together: no batch depends on rows of another window."""
        return [*windows(self.whole().sizes, self._rows_read_together())]

    def part(self, first: int, stop: int) -> Generator[Batch]:
        """The batches from `first` to `stop` of `whole`, which both are where windows begin.

        They are those that a pass gives that has them to itself; only their row groups are read.
        """
        if self.seed is not None:
            raise ValueError("a stream in random order has no parts; leave out the generator")
        yield from prefetch(self._batches(self.whole(), 0, first, stop), _BATCHES_AHEAD)

    def _batches(
        self, share: Share, epoch: int, first: int, stop: int | None = None
    ) -> Generator[Batch]:
        """The batches of an epoch from number `first` on, to before `stop`."""
        groups = [self.source.groups[group].part(*rows) for group, *rows in share.parts]
        if (rng := self._rng(share, epoch, 0)) is not None:
            rng.shuffle(groups)
        left = [
            window
            for window in windows(share.sizes, self._rows_read_together())
            if window.first_batch + len(window.sizes) > first
            and (stop is None or window.first_batch < stop)
        ]
        skip = sum(share.sizes[: left[0].first_batch]) if left else 0
        tables = self.source.tables(groups, self.schema, skip, [window.rows for window in left])
        for window, table in zip(left, prefetch(tables, 1), strict=True):
            rng = self._rng(share, epoch, 1 + window.first_batch)
            columns = self.columns(table, rng)
            lengths = columns.lengths() if self.group_by_length else None
            batches = cut(window, rng, lengths)
            end = None if stop is None else stop - window.first_batch
            for rows in batches[max(0, first - window.first_batch) : end]:
                yield self.batch_of(columns, rows)
        last = self._length(share) if stop is None else stop
        for _ in range(last - max(first, len(share.sizes))):
            yield self._padding_batch()

    def _rows_read_together(self) -> int:
        """Most rows of a window; where nothing is shuffled, a few batches make reading cheap."""
        few = POOL * self.batch_size
        return self.partition_size if self.seed is not None else min(self.partition_size, few)

    def columns(self, table: pa.Table, rng: np.random.Generator | None = None) -> Columns:
        """The columns of a table; `rng` draws the order of events that share a time."""
        return Columns(
            table, self.formats, self.length_column, self.front_padding, self.tie_column, rng
        )

    def _rng(self, share: Share, epoch: int, purpose: int) -> np.random.Generator | None:
        """Random numbers for the order of row groups (0), or of the window at a batch (from 1)."""
        if self.seed is None:
            return None
        return np.random.default_rng([self.seed, epoch, share.replica, purpose])

    def batch_of(self, columns: Columns, rows: NDArray[np.int64]) -> Batch:
        """The rows with their masks, on the device, collated."""
        batch = {}
        for name, (values, mask) in columns.batch(rows).items():
            batch[name] = values.to(self.device)
            batch[self.make_mask_name(name)] = mask.to(self.device)
        return batch if self.collate_fn is None else self.collate_fn([batch])

    def _padding_batch(self) -> Batch:
        """One row of padding, for a step of which only other processes have rows."""
        rows: dict[str, Any] = {
            field.name: [[] if pa.types.is_large_list(field.type) else None]
            for field in self.schema
        }
        columns = self.columns(pa.table(rows, schema=self.schema))
        return self.batch_of(columns, np.zeros(1, np.int64))
