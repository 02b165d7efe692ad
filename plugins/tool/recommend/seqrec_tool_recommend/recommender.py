"""A bundle that answers: the best items after a history, in the ids of the data."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from seqrec_library_kernels.candidates import padded_candidates
from seqrec_library_kernels.ranking import TopItems, check_catalogue
from torch import nn

from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError, DataError
from seqrec_core.places import local
from seqrec_core.session import DEFAULT, Session
from seqrec_tool_recommend.batch_ranker import BatchRanker
from seqrec_tool_recommend.event_histories import History, HistoryReader
from seqrec_tool_recommend.history_batches import HistoryBatches
from seqrec_tool_recommend.index_reading import index_in
from seqrec_tool_recommend.item_ids import ItemIds, is_nested
from seqrec_tool_recommend.nearest_items import NearestItems
from seqrec_tool_recommend.raw_values import RawValues

__all__ = ["Recommendation", "Recommender"]


class Recommendation(NamedTuple):
    """An item, by its id in the data, and the model's score of it."""

    item: Any
    score: float


class Recommender:
    """Recommends items for histories of anybody, whether or not they were in the training.

    A bundle is all it needs, and what `seqrec predict` recommends after the same history is what
    it recommends: neither the data, nor the plugins of data module and trainer. The model stays on
    `device` and in evaluation mode. An `index` of the items, which `seqrec index` writes, finds the
    best of very many sooner, and may miss some; scores are the model's own, filters hold. Where
    candidates, a model or postprocessors need all scores, it is left aside.

    Any number of threads may ask at once. A process that is forked later may ask on a CPU, where
    it computes with one thread: the threads of torch do not live on in it.
    """

    def __init__(
        self,
        bundle: Bundle,
        device: str | torch.device = "cpu",
        index: NearestItems | None = None,
    ) -> None:
        items = bundle.item_table
        if items is None:
            raise BundleError(f"{bundle.path} has no items.parquet, which names the items")
        serving = bundle.serving()
        self.device = torch.device(device)
        self._ids = ItemIds(items["item"].combine_chunks(), bundle.items)
        self._process = os.getpid()
        self._batches = HistoryBatches(serving.schema, items, serving.spec.history_length())
        self._reader = HistoryReader(serving.schema, self._ids.number, RawValues(bundle.features))
        self._ranker = BatchRanker(serving, bundle.session, self.device, index)
        self.model: nn.Module = self._ranker.model

    @classmethod
    def load(
        cls,
        path: str | Path,
        device: str | torch.device = "cpu",
        session: Session = DEFAULT,
        *,
        trust: bool = False,
        index: str | Path | NearestItems | None = None,
    ) -> "Recommender":
        """The recommender of the bundle in a directory.

        `index` is a folder that `seqrec index` wrote for this bundle, or an object that finds
        items. Raises BundleError where it is no bundle, is damaged, lacks its items, asks for more
        of an event than its item, or, without `trust`, names what lies outside of its folder; and
        DataError for the index of another bundle, or a damaged one.
        """
        bundle = Bundle.load(path, session, trust=trust)
        if isinstance(index, str | Path):
            index = index_in(local(index), bundle)
        return cls(bundle, device, index)

    def recommend(
        self,
        histories: Sequence[Sequence[Any]],
        top_k: int = 10,
        *,
        at: Any = None,
        users: Sequence[Mapping[str, Any] | None] | None = None,
        candidates: Sequence[Any] | None = None,
        keep_seen: bool = False,
        skip_unknown: bool = False,
        batch_size: int = 64,
    ) -> list[list[Recommendation]]:
        """Return the `top_k` best items after each history, best first.

        A history is items, oldest first; their ids are those of the data, as they are or as text:
        two ids are equal where their text is. It may be empty. An event is its item, or, where the
        model reads more of it, a mapping: `{"item": 50, "timestamp": 978300019, "device": "ios"}`,
        in the values of the data. `at` is the time of the request, one for all or a list of one
        for each, by default that of the last event; `users` has a mapping for each history with
        the features of its user, as far as they are known, or None. `candidates` are the only
        items to choose from: one list for all histories, or a list of lists, one for each; an item
        that is named twice counts once. Fewer items come back, or none, where there are fewer
        candidates, or the filters leave fewer, such as that of the seen items, which `keep_seen`
        turns off together with all other postprocessors.
        Raises UnknownItemError for an item that the model does not know, unless `skip_unknown`
        leaves such items out, and ReadingError, with its place, for what else cannot be read; both
        are a DataError, which it raises for lists of candidates that are not as many as histories,
        too, and for scores that are no numbers.
        """
        top_k, batch_size = _count("top_k", top_k), _count("batch_size", batch_size)
        top_k = min(top_k, len(self._ids))
        self._settle()
        known = self._read(histories, at, users, skip_unknown)
        columns, lists = None, None
        if candidates is not None and is_nested(candidates):
            lists = self._ids.distinct_lists(candidates, len(histories), skip_unknown)
        elif candidates is not None:
            chosen = self._ids.distinct("candidates", candidates, skip_unknown)
            columns = torch.tensor(chosen, dtype=torch.int64, device=self.device)
            if not len(columns):
                return [[] for _ in known]
        answers: list[list[Recommendation]] = []
        for start in range(0, len(known), batch_size):
            batch = self._batches.batch(known[start : start + batch_size])
            if lists is not None:
                columns = padded_candidates(lists[start : start + batch_size]).to(self.device)
            top = self._ranker.best(batch, top_k, candidates=columns, keep_seen=keep_seen)
            check_catalogue(top, len(self._ids))
            answers += self._named(top)
        return answers

    def _read(
        self,
        histories: Sequence[Sequence[Any]],
        at: Any,
        users: Sequence[Mapping[str, Any] | None] | None,
        skip_unknown: bool,
    ) -> list[History]:
        """The histories as numbers; DataError for what cannot be read."""
        count = len(histories)
        times = list(at) if isinstance(at, list | tuple | np.ndarray) else [at] * count
        if isinstance(users, Mapping):
            raise DataError(f"users is the mapping {users!r}; give a list, one for each history")
        about = [None] * count if users is None else list(users)
        for what, each in (("at", times), ("users", about)):
            if len(each) != count:
                raise DataError(
                    f"{what} has {len(each)} entries for {count} histories; give each one"
                )
        return [
            self._reader.read(
                f"history {number}", history, user=user, asked=asked, skip_unknown=skip_unknown
            )
            for number, (history, user, asked) in enumerate(
                zip(histories, about, times, strict=True)
            )
        ]

    def check(
        self,
        history: Sequence[Any],
        *,
        at: Any = None,
        user: Mapping[str, Any] | None = None,
        skip_unknown: bool = False,
    ) -> None:
        """Reads one history, and what goes with it, without running the model.

        Raises ReadingError, which says where in it the fault is, UnknownItemError among them, and
        DataError where the table of items lacks what the model reads of an item.
        """
        read = self._reader.read(
            "history 0", history, user=user, asked=at, skip_unknown=skip_unknown
        )
        self._batches.batch([read])

    def knows(self, item: Any) -> bool:
        """Whether the model has this item, by its id in the data."""
        return self._ids.number(item) is not None

    def unknown_values(
        self, events: Sequence[Any], user: Mapping[str, Any] | None = None
    ) -> dict[str, list[Any]]:
        """Categories of events and of their user, by feature, that count as missing: the data does
        not have them."""
        return self._reader.unknown_values(events, user)

    def _settle(self) -> None:
        """Makes a process that was forked after loading compute, where it can.

        OpenMP's threads are not there after a fork, and waiting for them would never end.
        """
        if self._process == os.getpid():
            return
        if self.device.type != "cpu":
            raise BundleError(
                f"this process was forked after the bundle was loaded on {self.device}, which no "
                "other process can use; load it in each process, or start them by spawn"
            )
        torch.set_num_threads(1)
        self._process = os.getpid()

    def _named(self, top: TopItems) -> Iterable[list[Recommendation]]:
        for items, scores in zip(top.items.tolist(), top.scores.tolist(), strict=True):
            pairs = zip(items, scores, strict=True)
            yield [
                Recommendation(self._ids.item(item), score) for item, score in pairs if item >= 0
            ]


def _count(name: str, value: int) -> int:
    """A number that counts something; ValueError for another."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name} is {value!r}; give a whole number of at least 1")
    return int(value)
