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
from seqrec_datamodule_parquet.metadata import column_formats
from seqrec_datamodule_parquet.prefetch import prefetch
from seqrec_datamodule_parquet.replicas import ProcessReplicas, Replicas
from seqrec_datamodule_parquet.shares import POOL, Share, cut, share_of, windows
from seqrec_datamodule_parquet.source import ParquetSource

Batch = dict[str, Tensor]
PARTITION_SIZE = 2**17
_BATCHES_AHEAD = 4
_SAMPLED_GROUPS, _SAMPLED_ROWS = 32, 128


def mask_name(column: str) -> str:
    """Name of the mask of a column."""
    return f"{column}_mask"


class ParquetDataset(IterableDataset[Batch]):
    """Yields batches: each column of `metadata` as a tensor, and its mask, True = real element.

    `source` is a path or URI, a list of them, or a folder. What `metadata` may say of a column is
    in `column_formats`; shapes are (B,), (B, L) or (B, L, n), with padding on the left.

    Exact in any number of processes: every row group is read by one of them, every row stands
    in one batch. All make the same number of steps wherever they have so many rows; with
    `equal_steps` those that have fewer end with batches of one row that is all padding.

    With a `generator`, rows are shuffled anew in every epoch: the row groups of the process, and
    then the rows in windows of `partition_size` of them, which span row groups. The order
    depends on the generator's initial seed and the number of the epoch, nothing else; its state
    is not used. `state_dict` says where the stream is, `load_state_dict` goes on there. A
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
        self._check_names()
        self._check_length_column(length_column, group_by_length)
        self._check_tie_column(tie_column, generator)
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

    def __len__(self) -> int:
        """Number of batches that this process gets in an epoch."""
        return self._length(self.share())

    def __iter__(self) -> Iterator[Batch]:
        """The batches of the next epoch, or of what is left of the one that was loaded."""
        share = self.share()
        if self._batch and not self._continues:
            self.set_epoch(self._epoch + 1)
        self._continues = False
        if self.equal_steps and len(share.sizes) < share.steps:
            warnings.warn(
                f"process {share.replica} has rows for {len(share.sizes)} of {share.steps} steps; "
                f"the {len(self.source.groups)} row groups cannot be shared evenly, write more",
                stacklevel=2,
            )
        for batch in prefetch(self._batches(share, self._epoch, self._batch), _BATCHES_AHEAD):
            self._batch += 1
            if self._batch == self._length(share):
                self.set_epoch(self._epoch + 1)
            yield batch

    def set_epoch(self, epoch: int) -> None:
        """Makes the next iteration that of an epoch; by itself, each is one further."""
        self._epoch, self._batch = epoch, 0

    def state_dict(self) -> dict[str, int | str | None]:
        """Where the stream is: the number of the batch to come, and what batches depend on."""
        return {
            "epoch": self._epoch,
            "batch": self._batch,
            "seed": self.seed,
            "rows": sum(group.rows for group in self.source.groups),
            "batch_size": self.batch_size,
            "partition_size": self.partition_size,
            "group_by_length": self.group_by_length,
            "tie_column": self.tie_column,
            "num_replicas": self.replicas_info.num_replicas,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on where another stream was.

        Raises ValueError in the middle of an epoch whose batches were other ones: of another
        size, from other rows, cut for another number of processes.
        """
        for key, setting in self.state_dict().items():
            stored = state.get(key)
            if state["batch"] and key not in ("epoch", "batch", "seed") and stored != setting:
                raise ValueError(
                    f"the stream stopped in the middle of an epoch with {key}={stored}, here "
                    f"it is {setting}; go on with the same, or from the end of an epoch"
                )
        self._epoch, self._batch, self.seed = state["epoch"], state["batch"], state["seed"]
        self._continues = True

    def share(self) -> Share:
        """What this process reads in an epoch."""
        return share_of(
            [group.rows for group in self.source.groups],
            self.replicas_info.curr_replica,
            self.replicas_info.num_replicas,
            self.batch_size,
        )

    def mean_events(self, column: str, longest: int) -> float:
        """Mean number of events in a batch, over all processes, rows cut to `longest`.

        An estimate from the first `partition_size` rows, the same in every process, all of which
        read these rows of the one column.
        """
        schema, groups = self.source.schema([column]), self.source.groups
        rows = sum(group.rows for group in groups)
        sample = min(rows, self.partition_size)
        table = next(self.source.tables(groups, schema, 0, [sample]))
        lengths = np.minimum(_lengths(table, column), longest)
        batches = self.share().steps * self.replicas_info.num_replicas
        return float(lengths.mean()) * rows / batches

    def sample(self, column: str) -> Iterator[tuple[NDArray[np.int64], Batch]]:
        """Batches from all over the data, the same in every process, with each row's events.

        Up to 4,096 rows, as many from each of up to 32 row groups that lie evenly apart.
        """
        groups = self.source.groups
        chosen = {round(place) for place in np.linspace(0, len(groups) - 1, _SAMPLED_GROUPS)}
        most = _SAMPLED_GROUPS * _SAMPLED_ROWS // len(chosen)
        for number in sorted(chosen):
            table, rows = self.source.read(groups[number], self.schema), groups[number].rows
            columns, lengths = self._columns(table), _lengths(table, column)
            places = np.linspace(0, rows - 1, min(rows, most)).round().astype(np.int64)
            for first in range(0, len(places), _SAMPLED_ROWS):
                part = places[first : first + _SAMPLED_ROWS]
                yield lengths[part], self._batch_of(columns, part)

    def _length(self, share: Share) -> int:
        """Number of batches of an epoch, those of padding included."""
        return share.steps if self.equal_steps else len(share.sizes)

    def _batches(self, share: Share, epoch: int, first: int) -> Generator[Batch]:
        """The batches of an epoch from number `first` on."""
        groups = [self.source.groups[number] for number in share.groups]
        if (rng := self._rng(share, epoch, 0)) is not None:
            rng.shuffle(groups)
        left = [
            window
            for window in windows(share.sizes, self._rows_read_together())
            if window.first_batch + len(window.sizes) > first
        ]
        skip = sum(share.sizes[: left[0].first_batch]) if left else 0
        tables = self.source.tables(groups, self.schema, skip, [window.rows for window in left])
        for window, table in zip(left, prefetch(tables, 1), strict=True):
            rng = self._rng(share, epoch, 1 + window.first_batch)
            columns = self._columns(table, rng)
            lengths = columns.lengths() if self.group_by_length else None
            batches = cut(window, rng, lengths)
            for rows in batches[max(0, first - window.first_batch) :]:
                yield self._batch_of(columns, rows)
        for _ in range(self._length(share) - max(first, len(share.sizes))):
            yield self._padding_batch()

    def _rows_read_together(self) -> int:
        """Most rows of a window; where nothing is shuffled, a few batches make reading cheap."""
        few = POOL * self.batch_size
        return self.partition_size if self.seed is not None else min(self.partition_size, few)

    def _columns(self, table: pa.Table, rng: np.random.Generator | None = None) -> Columns:
        """The columns of a table; `rng` draws the order of events that share a time."""
        return Columns(
            table, self.formats, self.length_column, self.front_padding, self.tie_column, rng
        )

    def _rng(self, share: Share, epoch: int, purpose: int) -> np.random.Generator | None:
        """Random numbers for the order of row groups (0), or of the window at a batch (from 1)."""
        if self.seed is None:
            return None
        return np.random.default_rng([self.seed, epoch, share.replica, purpose])

    def _batch_of(self, columns: Columns, rows: NDArray[np.int64]) -> Batch:
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
        columns = self._columns(pa.table(rows, schema=self.schema))
        return self._batch_of(columns, np.zeros(1, np.int64))

    def _check_names(self) -> None:
        """Raises ValueError where nothing is read, or a mask would replace a column."""
        if not self.formats:
            raise ValueError("metadata names no column; give {} for each one to read")
        for name in self.formats:
            if (mask := self.make_mask_name(name)) in self.formats:
                raise ValueError(
                    f"{mask!r} is a column and the mask of {name!r}; rename the column, or give "
                    "another make_mask_name"
                )

    def _check_length_column(self, name: str | None, is_needed: bool) -> None:
        """Raises ValueError for a length column that is missing, or holds no lists."""
        if name is None and is_needed:
            raise ValueError("group_by_length needs a length_column; name a list column")
        if name is not None and (name not in self.formats or not self.formats[name].shape):
            lists = [column for column, entry in self.formats.items() if entry.shape]
            raise ValueError(f"length_column is {name!r}; it must be one of {lists}")

    def _check_tie_column(self, name: str | None, generator: torch.Generator | None) -> None:
        """Raises ValueError for a column of times without lists, or rows in a fixed order."""
        if name is None:
            return
        if generator is None:
            raise ValueError(f"tie_column {name!r} needs a generator, whose seed draws the orders")
        if not pa.types.is_large_list(self.schema.field(name).type):
            raise ValueError(f"tie_column is {name!r}; it must hold a list of times in each row")


def _lengths(table: pa.Table, column: str) -> NDArray[np.int64]:
    """Number of elements in each list of a column."""
    lengths: NDArray[np.int64] = np.diff(table[column].chunk(0).offsets.to_numpy())
    return lengths
