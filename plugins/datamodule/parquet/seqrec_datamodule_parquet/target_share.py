"""How many targets the transforms of training make of an event, measured once.

The mean number of targets in a batch follows from it without a pass over the data. It is
measured on rows from all over the data with random numbers of its own, so that it is one and the
same in every process, in a resumed run too, and the run draws what it would have drawn.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from seqrec_datamodule_parquet.dataset import Batch, ParquetDataset
from seqrec_datamodule_parquet.transform_chain import TransformChain

TARGET_MASK = "target_padding_mask"

_SEED = 0
_ENOUGH_EVENTS = 2**18  # a target that is drawn from five events is then known to 0.4 %
_MOST_PASSES = 8
_SAMPLED_GROUPS, _SAMPLED_ROWS = 32, 128


def target_share(
    dataset: ParquetDataset,
    transforms: TransformChain,
    column: str,
    longest: int,
    device: torch.device,
) -> float:
    """Targets per event of a column, of the last `longest` in a row; 1.0 for next-token targets.

    A target is a True in `target_padding_mask`. Raises ValueError where no event becomes one.
    """
    lengths, batches = zip(*_sample(dataset, column), strict=True)
    events = int(np.minimum(np.concatenate(lengths), longest).sum())
    passes = min(_MOST_PASSES, -(-_ENOUGH_EVENTS // max(1, events)))
    targets = torch.zeros((), dtype=torch.int64, device=device)
    with torch.no_grad(), _fixed_draws(transforms.generators(), device):
        for _ in range(passes):
            for batch in batches:
                there = {name: value.to(device) for name, value in batch.items()}
                targets += transforms(there)[TARGET_MASK].sum()
    if not targets:
        raise ValueError(
            f"the transforms of train make no target of {events} events: {TARGET_MASK!r} is False "
            "everywhere; group_by_length weighs batches by their targets, turn it off"
        )
    return int(targets) / (passes * events)


def _sample(dataset: ParquetDataset, column: str) -> Iterator[tuple[NDArray[np.int64], Batch]]:
    """Batches from all over the data, the same in every process, with each row's events.

    Up to 4,096 rows, as many from each of up to 32 row groups that lie evenly apart.
    """
    groups = dataset.source.groups
    chosen = {round(place) for place in np.linspace(0, len(groups) - 1, _SAMPLED_GROUPS)}
    most = _SAMPLED_GROUPS * _SAMPLED_ROWS // len(chosen)
    for number in sorted(chosen):
        table, rows = dataset.source.read(groups[number], dataset.schema), groups[number].rows
        columns, lengths = dataset.columns(table), _list_lengths(table, column)
        places = np.linspace(0, rows - 1, min(rows, most)).round().astype(np.int64)
        for first in range(0, len(places), _SAMPLED_ROWS):
            part = places[first : first + _SAMPLED_ROWS]
            yield lengths[part], dataset.batch_of(columns, part)


def mean_events(dataset: ParquetDataset, column: str, longest: int) -> float:
    """Mean number of events in a batch, over all processes, rows cut to `longest`.

    An estimate from the first `partition_size` rows, the same in every process, all of which
    read these rows of the one column.
    """
    schema, groups = dataset.source.schema([column]), dataset.source.groups
    rows = sum(group.rows for group in groups)
    sample = min(rows, dataset.partition_size)
    table = next(dataset.source.tables(groups, schema, 0, [sample]))
    lengths = np.minimum(_list_lengths(table, column), longest)
    batches = dataset.share().steps * dataset.replicas_info.num_replicas
    return float(lengths.mean()) * rows / batches


@contextmanager
def _fixed_draws(generators: Iterable[torch.Generator], device: torch.device) -> Iterator[None]:
    """Sets the generators, and torch's own of CPU and device, to a fixed state, and back after."""
    of_device = []
    if device.type == "cuda":
        index = torch.cuda.current_device() if device.index is None else device.index
        of_device = [torch.cuda.default_generators[index]]
    everything = [*generators, torch.default_generator, *of_device]
    states = [generator.get_state() for generator in everything]
    try:
        for number, generator in enumerate(everything):
            generator.manual_seed(_SEED + number)
        yield
    finally:
        for generator, state in zip(everything, states, strict=True):
            generator.set_state(state)


def _list_lengths(table: pa.Table, column: str) -> NDArray[np.int64]:
    """Number of elements in each list of a column."""
    lengths: NDArray[np.int64] = np.diff(table[column].chunk(0).offsets.to_numpy())
    return lengths
