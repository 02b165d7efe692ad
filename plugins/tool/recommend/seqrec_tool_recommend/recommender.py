"""A bundle that answers: the best items after a history, in the ids of the data."""

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import torch
from seqrec_library_kernels.ranking import TopItems, recommend
from torch import Tensor, nn

from seqrec_core.build import Runtime, build_part
from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError, DataError
from seqrec_tool_recommend.history_batches import HistoryBatches

__all__ = ["Recommendation", "Recommender"]


class Recommendation(NamedTuple):
    """An item, by its id in the data, and the model's score of it."""

    item: Any
    score: float


class Recommender:
    """Recommends items for histories of anybody, whether or not they were in the training.

    A bundle is all it needs, and what `seqrec predict` recommends after the same history is what
    it recommends. The model stays on `device` and in evaluation mode.
    """

    def __init__(self, bundle: Bundle, device: str | torch.device = "cpu") -> None:
        if bundle.items is None:
            raise BundleError(f"{bundle.path} has no items.parquet, which names the items")
        recipe, runtime = bundle.recipe, Runtime.of(bundle.recipe)
        runtime.data_dir = bundle.path
        self.device = torch.device(device)
        self.model: nn.Module = bundle.model.to(self.device)
        self.model.output_hidden_states = "none"  # type: ignore[assignment]
        self._arguments = tuple(inspect.signature(self.model.forward).parameters)
        table = pq.read_table(bundle.items)
        self._items = table["item"].to_pylist()
        self._ids = {str(item): number for number, item in enumerate(self._items)}
        length = getattr(recipe.model, "max_sequence_length", None)
        self._batches = HistoryBatches(runtime.schema, table, length)
        transforms = getattr(recipe.data, "transforms", None) or {}
        self._transforms = [
            build_part(spec, runtime, "data.transforms.predict")
            for spec in transforms.get("predict", ())
        ]
        metrics = getattr(recipe.trainer, "metrics", None)
        self._postprocessors = [
            build_part(spec, runtime, "trainer.metrics.postprocessors")
            for spec in getattr(metrics, "postprocessors", ())
        ]

    @classmethod
    def load(cls, path: str | Path, device: str | torch.device = "cpu") -> "Recommender":
        """The recommender of the bundle in a directory.

        Raises BundleError where it is no bundle, lacks its items, or asks for more of an event
        than its item.
        """
        return cls(Bundle.load(path), device)

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
        It may be empty. `candidates` are the only items to choose from. Fewer items come back
        where the filters leave fewer, such as that of the seen items, which `keep_seen` turns off
        together with all other postprocessors.
        Raises DataError for an item that the model does not know, unless `skip_unknown` leaves
        such items out.
        """
        if top_k < 1 or batch_size < 1:
            raise ValueError(f"top_k {top_k} and batch_size {batch_size} must be at least 1")
        known = [
            self._known(f"history {number}", history, skip_unknown)
            for number, history in enumerate(histories)
        ]
        fixed: dict[str, Tensor] = {}
        if candidates is not None:
            numbers = dict.fromkeys(self._known("candidates", candidates, skip_unknown))
            fixed["candidates_to_score"] = torch.tensor(list(numbers), dtype=torch.int64)
        answers: list[list[Recommendation]] = []
        for start in range(0, len(known), batch_size):
            batch = self._batches.batch(known[start : start + batch_size])
            answers += self._named(self._best({**batch, **fixed}, top_k, keep_seen))
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

    @torch.inference_mode()
    def _best(self, batch: dict[str, Tensor], top_k: int, keep_seen: bool) -> TopItems:
        columns: dict[str, Any] = {name: value.to(self.device) for name, value in batch.items()}
        for transform in self._transforms:
            columns = transform(columns)
        arguments = {name: columns[name] for name in self._arguments if name in columns}
        filters = () if keep_seen else self._postprocessors
        outputs = self.model(**arguments)
        return recommend(outputs, columns, top_k, stage="on_prediction", postprocessors=filters)

    def _named(self, top: TopItems) -> list[list[Recommendation]]:
        return [
            [Recommendation(self._items[item], score) for item, score in pairs if item >= 0]
            for pairs in (
                zip(items, scores, strict=True)
                for items, scores in zip(top.items.tolist(), top.scores.tolist(), strict=True)
            )
        ]
