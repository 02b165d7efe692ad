"""A bundle that answers: the best items after a history, in the ids of the data."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from seqrec_library_kernels.answers import Answers
from seqrec_library_kernels.candidates import padded_candidates
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.ranking import TopItems, check_catalogue, recommend
from torch import Tensor, nn

from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError, DataError
from seqrec_core.faults import PluginFaults
from seqrec_core.session import DEFAULT, Session
from seqrec_tool_recommend.event_histories import History, HistoryReader
from seqrec_tool_recommend.history_batches import HistoryBatches
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
    `device` and in evaluation mode.

    Any number of threads may ask at once. A process that is forked later may ask on a CPU, where
    it computes with one thread: the threads of torch do not live on in it.
    """

    def __init__(self, bundle: Bundle, device: str | torch.device = "cpu") -> None:
        items = bundle.item_table
        if items is None:
            raise BundleError(f"{bundle.path} has no items.parquet, which names the items")
        serving = bundle.serving()
        self.device = torch.device(device)
        self.model: nn.Module = serving.model.to(self.device)
        self._items = items["item"].to_pylist()
        self._ids = _numbers(self._items, bundle)
        self._process = os.getpid()
        length = serving.spec.history_length()
        self._batches = HistoryBatches(serving.schema, items, length)
        self._reader = HistoryReader(serving.schema, self._id, RawValues(bundle.features))
        for part in (*serving.transforms, *serving.postprocessors):
            if isinstance(part, nn.Module):
                part.to(self.device)
        self._transforms = serving.transforms
        self._postprocessors = serving.postprocessors
        self._answers = Answers(self.model)
        self._faults = PluginFaults(serving.parts, bundle.session.registry)

    @classmethod
    def load(
        cls,
        path: str | Path,
        device: str | torch.device = "cpu",
        session: Session = DEFAULT,
        *,
        trust: bool = False,
    ) -> "Recommender":
        """The recommender of the bundle in a directory.

        Raises BundleError where it is no bundle, is damaged, lacks its items, asks for more of an
        event than its item, or, without `trust`, names what lies outside of its folder.
        """
        return cls(Bundle.load(path, session, trust=trust), device)

    def recommend(
        self,
        histories: Sequence[Sequence[Any]],
        top_k: int = 10,
        *,
        at: Any = None,
        users: Sequence[Mapping[str, Any]] | None = None,
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
        the features of its user, as far as they are known. `candidates` are the only items to
        choose from: one list for all histories, or a list of lists, one for each; an item that is
        named twice counts once. Fewer items come back, or none, where there are fewer candidates,
        or the filters leave fewer, such as that of the seen items, which `keep_seen` turns off
        together with all other postprocessors.
        Raises DataError for an item that the model does not know, unless `skip_unknown` leaves
        such items out, for lists of candidates that are not as many as histories, and for scores
        that are no numbers.
        """
        top_k, batch_size = _count("top_k", top_k), _count("batch_size", batch_size)
        top_k = min(top_k, len(self._items))
        self._settle()
        known = self._read(histories, at, users, skip_unknown)
        columns, lists = None, None
        if candidates is not None and _is_nested(candidates):
            lists = self._own(candidates, len(histories), skip_unknown)
        elif candidates is not None:
            columns = self._columns(candidates, skip_unknown)
            if not len(columns):
                return [[] for _ in known]
        answers: list[list[Recommendation]] = []
        for start in range(0, len(known), batch_size):
            batch = self._batches.batch(known[start : start + batch_size])
            if lists is not None:
                columns = padded_candidates(lists[start : start + batch_size]).to(self.device)
            answers += self._named(self._best(batch, columns, top_k, keep_seen))
        return answers

    def _read(
        self,
        histories: Sequence[Sequence[Any]],
        at: Any,
        users: Sequence[Mapping[str, Any]] | None,
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

    def knows(self, item: Any) -> bool:
        """Whether the model has this item, by its id in the data."""
        return self._id(item) is not None

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

    def _id(self, item: Any) -> int | None:
        """The id 0..V-1 of an item; None for one that is missing, which no text stands for."""
        is_missing = item is None or (isinstance(item, float) and item != item)
        return None if is_missing else self._ids.get(str(item))

    def _known(self, what: str, items: Sequence[Any], skip_unknown: bool) -> list[int]:
        """The ids 0..V-1 of items."""
        if isinstance(items, str | bytes) or not isinstance(items, Iterable):
            kind = "text" if isinstance(items, str) else type(items).__name__
            raise TypeError(f"{what} is the {kind} {items!r}; give a list of items")
        ids = [self._id(item) for item in items]
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
        """The ids of candidates, each once."""
        return list(dict.fromkeys(self._known(what, candidates, skip_unknown)))

    @torch.inference_mode()
    def _best(
        self, batch: dict[str, Tensor], candidates: Tensor | None, top_k: int, keep_seen: bool
    ) -> TopItems:
        columns: dict[str, Any] = {name: value.to(self.device) for name, value in batch.items()}
        with self._faults:
            for transform in self._transforms:
                columns = transform(columns)
            answer = self._answers.deferred(columns, candidates=candidates)
            _check_numbers(answer)
            top = recommend(
                answer,
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


def _numbers(items: Sequence[Any], bundle: Bundle) -> dict[str, int]:
    """Number of each item by the text of its id; BundleError for one that is missing or twice."""
    numbers: dict[str, int] = {}
    for number, item in enumerate(items):
        if item is None or numbers.setdefault(str(item), number) != number:
            what = "is missing" if item is None else f"{item!r} is that of another row, too"
            raise BundleError(
                f"{bundle.items}: the id in row {number} {what}; prepare the data anew"
            )
    return numbers


def _count(name: str, value: int) -> int:
    """A number that counts something; ValueError for another."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name} is {value!r}; give a whole number of at least 1")
    return int(value)


def _check_numbers(answer: Any) -> None:
    """Raises DataError where a score is no number; ranked last, it would be a silent fault."""
    values = answer.hidden if isinstance(answer, DeferredLogits) else answer["logits"]
    if values.isnan().any() or (values == torch.inf).any():
        raise DataError(
            "the model's scores are not finite; a feature of the items may be, or a step of the "
            "training went wrong: compare with `seqrec evaluate`"
        )
