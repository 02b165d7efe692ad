"""The transforms of a split, one after the other."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import torch
from torch import nn

from seqrec_core.contracts import Batch, DrawsNumbers, ShortensSequences, TransformProto

Ability = TypeVar("Ability")


class TransformChain:
    """Transforms that follow each other: callables from batch to batch, modules or not.

    Raises TypeError for what cannot be called.
    """

    def __init__(self, transforms: Iterable[TransformProto]):
        self.transforms = tuple(transforms)
        for position, transform in enumerate(self.transforms):
            if not callable(transform):
                raise TypeError(
                    f"transform {position} is {transform!r}; give a module, or another callable "
                    "that makes a new batch of a batch"
                )

    def __call__(self, batch: Batch) -> dict[str, Any]:
        """The batch after all of them; the batch itself where there are none."""
        output: Any = batch
        for transform in self.transforms:
            output = transform(output)
        return output  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[TransformProto]:
        return iter(self.transforms)

    def __len__(self) -> int:
        return len(self.transforms)

    def events_taken(self) -> int:
        """Events by which they make sequences shorter: those of the one that takes most."""
        shortening = _able(self.transforms, ShortensSequences)  # type: ignore[type-abstract]
        return max((transform.events_taken() for transform in shortening), default=0)

    def generators(self) -> list[torch.Generator]:
        """The generators that they draw from, in order."""
        drawing = _able(self.transforms, DrawsNumbers)  # type: ignore[type-abstract]
        return [generator for transform in drawing for generator in transform.generators()]


def _able(transforms: Iterable[object], ability: type[Ability]) -> Iterator[Ability]:
    """The transforms that have the ability; of one that has not, those of its modules that do."""
    for transform in transforms:
        if isinstance(transform, ability):
            yield transform
        elif isinstance(transform, nn.Module):
            yield from _able(transform.children(), ability)
