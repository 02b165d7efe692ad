"""A data module in memory, for trainers under test: no files, no Lightning."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
from torch import Tensor

from seqrec_core.contracts import Batch
from seqrec_core.vocabulary import Vocabularies
from seqrec_tool_conformance.batches import ITEM, worked_batch

__all__ = ["ReadyData", "StoppedError"]

SPLITS = ("train", "validate", "test", "predict")


class StoppedError(Exception):
    """Stops a training in the middle, as a full disk would."""


@attrs.define
class ReadyData:
    """Two batches of four users in every split, the same in every pass.

    A training stops by a StoppedError at the first batch of pass `stops_at`, if it comes so far.
    """

    stops_at: int | None = None
    passes: int = 0

    def loaders(self, split: str) -> Sequence[Iterable[Batch]]:
        """One loader."""
        return (_Loader(self, split == "train"),) if split in SPLITS else ()

    def transform(self, split: str, batch: Batch) -> dict[str, Any]:
        """The features grouped, beside labels and masks."""
        return {**batch, "feature_tensors": {ITEM: batch[ITEM]}}

    def vocabularies(self) -> Vocabularies:
        """None: the numbers are all there is."""
        return Vocabularies()


@attrs.frozen
class _Loader:
    data: ReadyData
    trains: bool

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator[Batch]:
        self.data.passes += self.trains
        if self.trains and self.data.passes == self.data.stops_at:
            raise StoppedError(f"stopped in pass {self.data.passes}")
        yield _batch(0)
        yield _batch(1)


def _batch(number: int) -> Mapping[str, Tensor]:
    """Users 0 to 3, or 4 to 7."""
    batch = worked_batch(number)
    return {**batch, "query_id": batch["query_id"] + 4 * number}
