"""What reads batches, and what batches are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import torch

    from seqrec_core.vocabulary import Vocabularies

__all__ = ["Batch", "DataModuleProto", "DrawsNumbers", "Resumable"]

Batch = Mapping[str, Any]


@runtime_checkable
class DataModuleProto(Protocol):
    """Batches of the splits train, validate, test and predict, and what their numbers stand for.

    A raw batch has a column for each feature, (B, L) or (B, L, n), padded on the left, and its
    mask `<column>_mask` (B, L), True at real events; the query ids (B,); for evaluation the true
    items `ground_truth` (B, P) and the items seen before, `seen_ids` (B, S), padded by -1.
    A scalar `loss_weight` in a transformed training batch multiplies its loss; its mean is 1.
    """

    def loaders(self, split: str) -> Sequence[Iterable[Batch]]:
        """Raw batches: one loader for train, one a file for others; none without the split.

        Each pass over the loader of train is another epoch; `len` of a loader, where it has one,
        is its number of batches.
        """

    def transform(self, split: str, batch: Batch) -> dict[str, Any]:
        """The batch, on its device, as the model takes it."""

    def vocabularies(self) -> "Vocabularies":
        """What the item and query ids of batches stand for in the data."""


@runtime_checkable
class Resumable(Protocol):
    """A loader that goes on at the next batch."""

    def state_dict(self) -> dict[str, Any]:
        """Where it stands."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from there at the next pass."""


@runtime_checkable
class DrawsNumbers(Protocol):
    """A transform, or a data module with such transforms, that draws random numbers."""

    def generators(self) -> Iterable["torch.Generator"]:
        """Its generators, always in the same order; a checkpoint keeps their states."""
