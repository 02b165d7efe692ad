"""A bundle that answers: the best items after a history, in the ids of the data."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from seqrec_library_kernels.answers import Answers
from seqrec_library_kernels.candidates import padded_candidates
from seqrec_library_kernels.ranking import TopItems, check_catalogue, recommend
from torch import Tensor, nn

from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError, DataError
from seqrec_core.faults import PluginFaults
from seqrec_core.session import DEFAULT, Session
from seqrec_tool_recommend.history_batches import HistoryBatches

__all__ = ["Recommendation", "Recommender"]


class Recommendation(NamedTuple):
    """An item, by its id in the data, and the model's score of it."""

    item: Any
    score: float


class Recommender:
    """Recommends items for histories of anybody, whether or not they were in the training.

    A bundle is all it needs, and what `seqrec predict` recommends after the same history is what
    it recommends: neither the data, nor the plugins of data module and trainer. The model stays on
    `device` and in evaluation mode.
    """

    def __init__(self, bundle: Bundle, device: str | torch.device = "cpu") -> None:
        items = bundle.item_table
        if items is None:
            raise BundleError(f"{bundle.path} has no items.parquet, which names the items")
        serving = bundle.serving()
        self.device = torch.device(device)
        self.model: nn.Module = serving.model.to(self.device)
        self._items = items["item"].to_pylist()
        self._ids = {str(item): number for number, item in enumerate(self._items)}
        length = serving.spec.history_length()
        self._batches = HistoryBatches(serving.schema, items, length)
        for part in (*serving.transforms, *serving.postprocessors):
            if isinstance(part, nn.Module):
                part.to(self.device)
        self._transforms = serving.transforms
        self._postprocessors = serving.postprocessors
        self._answers = Answers(self.model)
        self._faults = PluginFaults(serving.parts, bundle.session.registry)

    @classmethod
    def load(
        cls, path: str | Path, device: str | torch.device = "cpu", session: Session = DEFAULT
    ) -> "Recommender":
        """The recommender of the bundle in a directory.

        Raises BundleError where it is no bundle, lacks its items, or asks for more of an event
        than its item.
        """
        return cls(Bundle.load(path, session), device)

    def recommend(
        self,
        histories: Sequence[Sequence[Any]],
        top_k: int = 10,
        *,
        candidates: Sequence[Any] | None = None,
        keep_seen: bool = False,
        skip_unknown: bool = False,
        batch_size: int = 64,
    ) -> list[list[Recommendation]]:
        """Return the `top_k` best items after each history, best first.

        A history is items, oldest first; their ids are those of the data, as they are or as text.
        It may be empty. `candidates` are the only items to choose from: one list for all
        histories, or a list of lists, one for each; an item that is named twice counts once.
        Fewer items come back where there are fewer candidates, or the filters leave fewer, such
        as that of the seen items, which `keep_seen` turns off together with all other
        postprocessors.
        Raises DataError for an item that the model does not know, unless `skip_unknown` leaves
        such items out, for candidates of which none is there, and for lists of candidates that are
        not as many as histories.
        """
        if top_k < 1 or batch_size < 1:
            raise ValueError(f"top_k {top_k} and batch_size {batch_size} must be at least 1")
        known = [
            self._known(f"history {number}", history, skip_unknown)
            for number, history in enumerate(histories)
        ]
        columns, lists = None, None
        if candidates is not None and _is_nested(candidates):
            lists = self._own(candidates, len(histories), skip_unknown)
        elif candidates is not None:
            columns = self._columns(candidates, skip_unknown)
        answers: list[list[Recommendation]] = []
        for start in range(0, len(known), batch_size):
            batch = self._batches.batch(known[start : start + batch_size])
            if lists is not None:
                columns = padded_candidates(lists[start : start + batch_size]).to(self.device)
            answers += self._named(self._best(batch, columns, top_k, keep_seen))
        return answers

    def _known(self, what: str, items: Sequence[Any], skip_unknown: bool) -> list[int]:
        """The ids 0..V-1 of items."""
        if isinstance(items, str):
            raise TypeError(f"{what} is the text {items!r}; give a list of items")
        ids = [self._ids.get(str(item)) for item in items]
        if not skip_unknown and None in ids:
            place = ids.index(None)
            raise DataError(
                f"{what}, place {place}: {items[place]!r} is no item that the model knows; leave "
                "it out, or let skip_unknown (--skip-unknown) do so"
            )
        return [id_ for id_ in ids if id_ is not None]

    def _columns(self, candidates: Sequence[Any], skip_unknown: bool) -> Tensor:
        """The ids (C,) of candidates, each once, on the device."""
        ids = self._distinct("candidates", candidates, skip_unknown)
        return torch.tensor(ids, dtype=torch.int64, device=self.device)

    def _own(
        self, candidates: Sequence[Sequence[Any]], histories: int, skip_unknown: bool
    ) -> list[list[int]]:
        """The ids of each history's candidates."""
        if len(candidates) != histories:
            raise DataError(
                f"candidates are {len(candidates)} lists for {histories} histories; give a list "
                "for each, or one list of items for all"
            )
        return [
            self._distinct(f"candidates of history {number}", own, skip_unknown)
            for number, own in enumerate(candidates)
        ]

    def _distinct(self, what: str, candidates: Sequence[Any], skip_unknown: bool) -> list[int]:
        """The ids of candidates, each once; DataError where there is none."""
        ids = dict.fromkeys(self._known(what, candidates, skip_unknown))
        if not ids:
            unknown = f"has {len(candidates)} items, none of which the model knows"
            raise DataError(
                f"{what} {unknown if len(candidates) else 'is empty'}; name at least one item "
                "that it knows, or leave candidates out to choose from all"
            )
        return list(ids)

    @torch.inference_mode()
    def _best(
        self, batch: dict[str, Tensor], candidates: Tensor | None, top_k: int, keep_seen: bool
    ) -> TopItems:
        columns: dict[str, Any] = {name: value.to(self.device) for name, value in batch.items()}
        with self._faults:
            for transform in self._transforms:
                columns = transform(columns)
            top = recommend(
                self._answers.deferred(columns, candidates=candidates),
                columns,
                top_k,
                stage="on_prediction",
                postprocessors=() if keep_seen else self._postprocessors,
                candidates=candidates,
            )
            check_catalogue(top, len(self._items))
            return top

    def _named(self, top: TopItems) -> Iterable[list[Recommendation]]:
        for items, scores in zip(top.items.tolist(), top.scores.tolist(), strict=True):
            pairs = zip(items, scores, strict=True)
            yield [Recommendation(self._items[item], score) for item, score in pairs if item >= 0]


def _is_nested(candidates: Sequence[Any]) -> bool:
    """Whether candidates are a list for each history; TypeError where only some of them are."""
    kinds = {
        isinstance(each, list | tuple | np.ndarray)
        for each in (() if candidates is None else candidates)
    }
    if len(kinds) > 1:
        raise TypeError("candidates hold items and lists; give one list of items, or only lists")
    return kinds == {True}
