"""The model as it was before an update, on data that has items that it does not know.

It sees the known events of each history, and ranks new items behind all that it knows.
"""

from collections.abc import Iterable, Sequence
from functools import wraps
from typing import Any

import attrs
import torch
from torch import Tensor, nn

from seqrec_core.contracts import Batch, DataModuleProto
from seqrec_core.vocabulary import Vocabularies

__all__ = ["EarlierModel", "KnownHistories"]

MASK = "_mask"


class EarlierModel(nn.Module):
    """A model of a larger catalogue that scores new items, from `known` on, below all others."""

    def __init__(self, model: nn.Module, known: int) -> None:
        super().__init__()
        self.model = model

        @wraps(model.forward)  # so that it takes what the model takes
        def forward(*args: Any, **kwargs: Any) -> Any:
            output = model(*args, **kwargs)
            logits = output["logits"].clone()
            logits[:, known:] = torch.finfo(logits.dtype).min
            return {**output, "logits": logits}

        self.forward = forward


@attrs.frozen(eq=False)
class KnownHistories:
    """A data module whose histories lack the events of items from `known` on.

    `item` is the column of the items, `padding` the id that stands where no event is.
    """

    data: DataModuleProto
    item: str
    known: int
    padding: int

    def loaders(self, split: str) -> Sequence[Iterable[Batch]]:
        """Raw batches, as they are."""
        return self.data.loaders(split)

    def transform(self, split: str, batch: Batch) -> dict[str, Any]:
        """The batch as the model takes it, of the known events alone."""
        return self.data.transform(split, self._known(batch))

    def vocabularies(self) -> Vocabularies:
        """What ids stand for."""
        return self.data.vocabularies()

    def _known(self, batch: Batch) -> Batch:
        """The raw batch with known events moved to the right, in order, and padding before."""
        items, mask = batch.get(self.item), batch.get(f"{self.item}{MASK}")
        if not isinstance(items, Tensor) or not isinstance(mask, Tensor):
            return batch
        held = mask & (items < self.known)
        order = held.int().argsort(dim=1, stable=True)  # False, which is padding, goes first
        moved = dict(batch)
        for name in [name for name in batch if f"{name}{MASK}" in batch]:
            values, own = batch[name], batch[f"{name}{MASK}"]
            if values.shape[:2] != held.shape or own.shape != held.shape:
                continue
            places = order.reshape(*order.shape, *[1] * (values.dim() - 2)).expand(values.shape)
            moved[name] = values.gather(1, places)
            moved[f"{name}{MASK}"] = (own & held).gather(1, order)
        hidden = ~held.gather(1, order)
        moved[self.item] = moved[self.item].masked_fill(hidden, self.padding)
        return moved
