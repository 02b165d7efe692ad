"""What changes logits before they are ranked; above all, what drops items of a user."""

import abc
from collections.abc import Mapping
from typing import Any, final

import torch
from seqrec_library_kernels.ranking import item_columns, with_candidates
from torch import Tensor

__all__ = ["ItemFilter", "PostprocessorBase"]


class PostprocessorBase(abc.ABC):
    """Changes logits before callbacks rank them.

    Both methods get the batch and the logits (B, C) and return new logits of that shape; those
    that came in are shared by several callbacks and stay as they are. Column j is item j, or
    candidate j: of batch["candidates_to_score"], (C,) or (B, C), each user's own with negative ids
    as padding, where the batch has that, else of `candidates`.
    """

    _candidates: Tensor | None = None

    @property
    def candidates(self) -> Tensor | None:
        """Item ids (C,) of the columns, for batches without `candidates_to_score`; None: all items.

        Callbacks need none: they put the candidates of the module into the batch. Raises ValueError
        for what are no distinct item ids of one dimension.
        """
        return self._candidates

    @candidates.setter
    def candidates(self, candidates: Tensor | None) -> None:
        if candidates is not None:
            _check_candidates(candidates)
        self._candidates = candidates

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

    `item_count` is the number of items V, where the filter knows it: logits (B, C) without
    candidates are then refused unless C is V.
    """

    item_count: int | None = None

    def __init_subclass__(cls) -> None:
        changed = {"on_prediction", "on_validation"} & vars(cls).keys()
        if changed:
            raise TypeError(
                f"{cls.__name__} overrides {', '.join(sorted(changed))}, which callbacks do not "
                "call on an ItemFilter; subclass PostprocessorBase instead"
            )

    @abc.abstractmethod
    def excluded_items(self, batch: Mapping[str, Any]) -> Tensor:
        """Item ids (B, S) to drop for each user; negative ids are padding. Candidates do not count.

        Ability ExcludesItems of the core's contracts.
        """

    @final
    def on_prediction(self, batch: Mapping[str, Any], logits: Tensor) -> Tensor:
        """A copy of the logits (B, C) with -inf at the excluded items."""
        return self._drop(batch, logits)

    @final
    def on_validation(self, batch: Mapping[str, Any], logits: Tensor) -> Tensor:
        """A copy of the logits (B, C) with -inf at the excluded items."""
        return self._drop(batch, logits)

    def _drop(self, batch: Mapping[str, Any], logits: Tensor) -> Tensor:
        """A copy of the logits (B, C) with -inf at the excluded items; ValueError for a wrong C."""
        excluded = self.excluded_items(batch).to(logits.device)
        columns = logits.shape[1]
        candidates = with_candidates(batch, self.candidates).get("candidates_to_score")
        self._check_columns(columns, candidates)
        if columns == 0:
            return logits.detach().clone()
        padded = torch.nn.functional.pad(logits.detach(), (0, 1))
        places = item_columns(excluded, columns, candidates)
        return padded.scatter_(1, places, -torch.inf)[:, :columns]

    def _check_columns(self, columns: int, candidates: Tensor | None) -> None:
        """Raises ValueError unless there is one column an item, or a candidate."""
        if candidates is None and self.item_count not in (None, columns):
            raise ValueError(
                f"the logits have {columns} columns, item_count is {self.item_count}; score all "
                "items, or name those of the columns: candidates_to_score in the batch, or "
                "`candidates` of the filter"
            )
        if candidates is not None and candidates.shape[-1] != columns:
            raise ValueError(
                f"the logits have {columns} columns for {candidates.shape[-1]} candidates; name "
                "the item of each column, or set candidates to None where all items are scored"
            )


def _check_candidates(candidates: Tensor) -> None:
    """Raises ValueError unless these are distinct item ids (C,)."""
    if not isinstance(candidates, Tensor) or candidates.ndim != 1:
        raise ValueError(f"candidates are {candidates!r}; give a tensor of item ids (C,), or None")
    if candidates.is_floating_point() or candidates.dtype == torch.bool or (candidates < 0).any():
        raise ValueError(f"candidates are {candidates!r}; item ids are whole numbers from 0 on")
    if repeated := len(candidates) - len(candidates.unique()):
        raise ValueError(
            f"candidates repeat {repeated} of {len(candidates)} ids; name each item once, for "
            "example with torch.unique"
        )
