"""What a graph takes: names, types and shapes, and samples of it.

Letters in shapes: B users, L events, C candidates, N values of a list.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from seqrec_tool_recommend.event_histories import History
from seqrec_tool_recommend.history_batches import HistoryBatches
from torch import Tensor
from torch.export import Dim

from seqrec_core.bundle import Serving
from seqrec_core.errors import BundleError
from seqrec_core.schema import FeatureHint, TensorFeatureInfo

__all__ = ["GraphInputs"]

OWN = ("histories", "k", "candidates")
_START, _WEEK = 1_700_000_000, 604_800  # seconds
_LIST = 3  # values of a list whose size nobody says, in samples

Inputs = tuple[Tensor, Tensor, Tensor, dict[str, Tensor]]


class GraphInputs:
    """The inputs of a graph: histories, k, candidates, and each feature that the model reads.

    Features of items are none of them: the graph looks them up. `items` are those that samples are
    drawn from: such as have all of these features. Raises BundleError where there are none, and
    for a feature whose name is that of an input.
    """

    def __init__(self, serving: Serving) -> None:
        if serving.items is None:
            raise BundleError("the bundle has no items.parquet, which names the items")
        self.count = len(serving.items)
        self._batches = HistoryBatches(serving.schema, serving.items, None)
        self.features: Sequence[TensorFeatureInfo] = self._batches.others
        lacking = [side.missing for side in self._batches.of_items]
        self.items = np.flatnonzero(~np.any([np.zeros(self.count, bool), *lacking], axis=0))
        if not len(self.items):
            names = ", ".join(side.name for side in self._batches.of_items)
            raise BundleError(
                f"no item has all that the model reads of items ({names}), so nothing can be "
                "compared; prepare data that has it, and train anew"
            )
        for feature in self.features:
            if feature.name in OWN:
                raise BundleError(
                    f"the feature {feature.name!r} has the name of an input of every graph; "
                    "prepare the data with another name, and train anew"
                )

    @property
    def names(self) -> list[str]:
        """Names of all inputs, in their order."""
        return [*OWN, *(feature.name for feature in self.features)]

    def of(self, histories: Sequence[History], k: int, candidates: Sequence[int] = ()) -> Inputs:
        """What the graph takes for histories that were read."""
        columns = self._batches.batch(histories)
        features = {feature.name: columns[feature.name] for feature in self.features}
        chosen = torch.tensor(list(candidates), dtype=torch.int64)
        return columns[self._batches.item.name], torch.tensor(k), chosen, features

    def dynamic_shapes(self) -> dict[str, Any]:
        """Which dimensions of the inputs are free, for torch.export."""
        users, length = Dim("users"), Dim("length")
        features = {}
        for feature in self.features:
            shape = {0: users, 1: length} if feature.is_seq else {0: users}
            if feature.is_list and feature.tensor_dim is None:
                shape[len(shape)] = Dim(f"values_of_{feature.name}")
            features[feature.name] = shape
        return {
            "histories": {0: users, 1: length},
            "k": None,
            "candidates": {0: Dim("candidates", min=0)},
            "features": features,
        }

    def described(self) -> list[dict[str, Any]]:
        """Each input as a consumer needs it: name, type, shape and padding."""
        pad = self._batches.item.padding_value
        own: list[dict[str, Any]] = [
            {"name": "histories", "type": "int64", "shape": ["B", "L"], "padding": pad},
            {"name": "k", "type": "int64", "shape": []},
            {"name": "candidates", "type": "int64", "shape": ["C"]},
        ]
        example = self.of(self.drawn(0, [2]), 1)[3]
        for feature in self.features:
            values = example[feature.name]
            shape: list[Any] = ["B", "L"] if feature.is_seq else ["B"]
            if feature.is_list:
                shape.append(feature.tensor_dim or "N")
            kind = str(values.dtype).removeprefix("torch.")
            pad = feature.padding_value
            own.append({"name": feature.name, "type": kind, "shape": shape, "padding": pad})
        return own

    def drawn(self, seed: int, lengths: Sequence[int]) -> list[History]:
        """Random histories of these lengths; an item may come again."""
        draw = np.random.default_rng(seed)
        return [self._history(draw, length) for length in lengths]

    def _history(self, draw: np.random.Generator, length: int) -> History:
        clock = _START + np.cumsum(draw.integers(1, _WEEK, length))
        asked = int(clock[-1]) + 60 if length else _START
        events: dict[str, Any] = {}
        user: dict[str, Any] = {}
        for feature in self.features:
            if feature.feature_hint is FeatureHint.TIMESTAMP:
                events[feature.name] = clock.tolist()
            elif feature.is_seq:
                events[feature.name] = [_value(draw, feature) for _ in range(length)]
            elif feature.feature_hint is not FeatureHint.REQUEST_TIME:
                user[feature.name] = _value(draw, feature)
        items = self.items[draw.integers(0, len(self.items), length)]
        return History(items.tolist(), events, user, asked)


def _value(draw: np.random.Generator, feature: TensorFeatureInfo) -> Any:
    """A value that a feature may have, or a list of them."""
    size = (feature.tensor_dim or _LIST) if feature.is_list else 1
    if feature.is_cat:
        values = draw.integers(0, feature.cardinality or 1, size).tolist()
    else:
        values = draw.normal(size=size).tolist()
    return values if feature.is_list else values[0]
