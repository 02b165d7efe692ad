"""How many targets the transforms of training make of an event, measured once.

The mean number of targets in a batch follows from it without a pass over the data. It is
measured on rows from all over the data with random numbers of its own, so that it is one and the
same in every process, in a resumed run too, and the run draws what it would have drawn.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import torch

from seqrec_datamodule_parquet.dataset import ParquetDataset
from seqrec_datamodule_parquet.transform_chain import TransformChain

TARGET_MASK = "target_padding_mask"

_SEED = 0
_ENOUGH_EVENTS = 2**18  # a target that is drawn from five events is then known to 0.4 %
_MOST_PASSES = 8


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
    lengths, batches = zip(*dataset.sample(column), strict=True)
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
