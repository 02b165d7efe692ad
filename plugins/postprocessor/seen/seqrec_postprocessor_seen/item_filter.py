"""What changes logits before they are ranked; above all, what drops items of a user."""

import abc
from collections.abc import Mapping
from typing import Any, final

import torch
from seqrec_library_kernels.ranking import item_columns
from torch import Tensor

__all__ = ["ItemFilter", "PostprocessorBase"]


class PostprocessorBase(abc.ABC):
    """Changes logits before callbacks rank them.

    Both methods get the batch and the logits (B, C) and return new logits of that shape; those
    that came in are shared by several callbacks and stay as they are. Column j is item j, or
    batch["candidates_to_score"][j] where the batch names candidates.
    """

    @abc.abstractmethod
    def on_prediction(self, batch: Mapping[str, Any], logits: Tensor) -> Tensor:
        """New logits for recommendations."""

    @abc.abstractmethod
    def on_validation(self, batch: Mapping[str, Any], logits: Tensor) -> Tensor:
        """New logits for metrics."""


class ItemFilter(PostprocessorBase):
    """Drops items of each user: a subclass says which, and their logits become -inf.

    Callbacks that rank ask `excluded_items` alone and drop the items during the selection, without
    a copy of the logits, so the two stage methods are final.
    """

    def __init_subclass__(cls) -> None:
        changed = {"on_prediction", "on_validation"} & vars(cls).keys()
        if changed:
            raise TypeError(
                f"{cls.__name__} overrides {', '.join(sorted(changed))}, which callbacks do not "
                "call on an ItemFilter; subclass PostprocessorBase instead"
            )

    @abc.abstractmethod
    def excluded_items(self, batch: Mapping[str, Any]) -> Tensor:
        """Item ids (B, S) to drop for each user; negative ids are padding."""

    @final
    def on_prediction(self, batch: Mapping[str, Any], logits: Tensor) -> Tensor:
        """A copy of the logits (B, C) with -inf at the excluded items."""
        return self._drop(batch, logits)

    @final
    def on_validation(self, batch: Mapping[str, Any], logits: Tensor) -> Tensor:
        """A copy of the logits (B, C) with -inf at the excluded items."""
        return self._drop(batch, logits)

    def _drop(self, batch: Mapping[str, Any], logits: Tensor) -> Tensor:
        """A copy of the logits (B, C) with -inf at the excluded items."""
        excluded = self.excluded_items(batch).to(logits.device)
        columns = logits.shape[1]
        padded = torch.nn.functional.pad(logits.detach(), (0, 1))
        places = item_columns(excluded, columns, batch.get("candidates_to_score"))
        return padded.scatter_(1, places, -torch.inf)[:, :columns]
