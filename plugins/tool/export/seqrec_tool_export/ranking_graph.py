"""All that answers in one module: from numbers of items to the best items after each history.

Letters in shapes: B users, L events, N values of a list, C candidates, V items, D dim.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from seqrec_library_kernels.answers import Answers
from seqrec_library_kernels.unwrap import unwrap
from seqrec_tool_recommend.history_batches import SEEN_PADDING, HistoryBatches
from torch import Tensor, nn

from seqrec_core.bundle import Serving
from seqrec_core.contracts import (
    ExcludesItems,
    LastHiddenState,
    PostprocessorProto,
    Scoring,
)
from seqrec_core.errors import BundleError
from seqrec_core.schema import TensorFeatureInfo

__all__ = ["RankingGraph"]


class RankingGraph(nn.Module):
    """Ranks items as a recommender does, of tensors alone: what torch.export turns into a graph.

    `forward` makes the columns that a data module would read, lets the transforms at them, scores
    the whole catalogue and selects. Where scores are dot products, the item embeddings are those
    of now, computed once. Side features of items are tables within; others are inputs.
    """

    def __init__(self, serving: Serving, postprocessors: Sequence[PostprocessorProto]) -> None:
        super().__init__()
        if serving.items is None:
            raise BundleError("the bundle has no items.parquet, which names the items")
        self.model = serving.model
        self.length = serving.spec.history_length()
        batches = HistoryBatches(serving.schema, serving.items, self.length)
        self.item, self.query = batches.item, batches.query
        self.features = {feature.name: feature for feature in batches.others}
        self.count = len(serving.items)
        self.transforms, self.postprocessors = serving.transforms, tuple(postprocessors)
        self.parts = nn.ModuleList(
            part for part in (*self.transforms, *postprocessors) if isinstance(part, nn.Module)
        )
        self.of_items = tuple(serving.schema[side.name] for side in batches.of_items)
        for number, side in enumerate(batches.of_items):
            values, is_real = side.of(torch.arange(self.count).numpy(), ~side.missing)
            self.register_buffer(f"values_{number}", torch.from_numpy(values))
            self.register_buffer(f"is_real_{number}", torch.from_numpy(is_real))
        self.register_buffer("weights", _weights(serving.model))
        self._answers = Answers(self.model)

    def forward(
        self,
        histories: Tensor,
        k: Tensor,
        candidates: Tensor,
        features: Mapping[str, Tensor],
    ) -> tuple[Tensor, Tensor]:
        """Items (B, k), -1 where there is none, and their scores (B, k), best first.

        `histories` (B, L) are numbers of items, oldest first; what is no number of an item is
        padding, on the left. `k` is a scalar, cut to 1..V; `candidates` (C,) are the only items to
        choose from, all for none; numbers that are no items are left out.
        """
        columns = self._columns(histories, features)
        for transform in self.transforms:
            columns = transform(columns)
        logits = self._chosen(self._logits(columns), candidates)
        for each in self.postprocessors:
            logits = _changed(each, columns, logits)
        scores, items = _best(logits.float(), k.clamp(1, self.count))
        return items.masked_fill(scores == -torch.inf, -1), scores

    def _columns(self, histories: Tensor, features: Mapping[str, Tensor]) -> dict[str, Any]:
        """What a data module would read of these histories, as HistoryBatches makes it."""
        padding = self.item.padding_value
        is_event = (histories >= 0) & (histories < self.count) & (histories != padding)
        events = self._cut(histories.masked_fill(~is_event, padding), padding)
        is_last = self._cut(is_event, False)
        known = torch.where(is_last, events, 0)
        users = torch.ones_like(histories[:, 0])
        columns = {
            self.query: (users.cumsum(0) - 1, users.bool()),
            self.item.name: (events, is_last),
            "seen_ids": (histories.masked_fill(~is_event, SEEN_PADDING), is_event),
        }
        for number, feature in enumerate(self.of_items):
            columns[feature.name] = self._of_items(number, known, is_last)
        for name, feature in self.features.items():
            columns[name] = self._from_input(feature, features[name], is_last)
        batch: dict[str, Any] = {}
        for name, (values, mask) in columns.items():
            batch[name], batch[f"{name}_mask"] = values, mask
        return batch

    def _of_items(self, number: int, items: Tensor, is_event: Tensor) -> tuple[Tensor, Tensor]:
        """Values and mask of a side feature for items (B, L): of that shape, or (B, L, N)."""
        values, is_real = self.get_buffer(f"values_{number}"), self.get_buffer(f"is_real_{number}")
        padding = values.new_full((), self.of_items[number].padding_value)
        mask = is_real[items] & (is_event if values.ndim == 1 else is_event.unsqueeze(-1))
        return torch.where(mask, values[items], padding), mask

    def _from_input(
        self, feature: TensorFeatureInfo, values: Tensor, is_event: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Values and mask of an input: (B,), (B, L), or with one more dimension for lists."""
        padding = feature.padding_value
        if not feature.is_seq:
            return values, values != padding if feature.is_list else torch.ones_like(values).bool()
        values = self._cut(values, padding)
        if not feature.is_list:
            return values.where(is_event, padding), is_event
        is_real = is_event.unsqueeze(-1) & (values != padding)
        return values.where(is_real, padding), is_real

    def _cut(self, values: Tensor, padding: float) -> Tensor:
        """The last events (B, length, ...), padded on the left; all there are for no length."""
        if self.length is None:
            return values
        size = (values.shape[0], self.length, *values.shape[2:])
        return torch.cat([values.new_full(size, padding), values], 1).narrow(
            1, values.shape[1], self.length
        )

    def _logits(self, columns: Mapping[str, Any]) -> Tensor:
        """The scores of all items (B, V)."""
        model = unwrap(self.model)
        weights = self.weights
        if isinstance(weights, Tensor) and isinstance(model, LastHiddenState):
            hidden = model.last_hidden_state(columns["feature_tensors"], columns["padding_mask"])
            if hidden is not None:
                return hidden.to(weights.dtype) @ weights.T
        answer: Any = self._answers(columns, output_hidden_states="none")
        logits: Tensor = answer["logits"]
        return logits

    def _chosen(self, logits: Tensor, candidates: Tensor) -> Tensor:
        """Logits with -inf at items that are no candidates, where there are any."""
        is_all = torch.ones_like(candidates).sum() == 0
        return logits.masked_fill(~(_marked(candidates, self.count) | is_all), -torch.inf)


def _marked(ids: Tensor, count: int) -> Tensor:
    """True (..., count) at the items that ids (..., S) name; those that are none count for none."""
    places = torch.where((ids >= 0) & (ids < count), ids, count)
    empty = torch.zeros((*ids.shape[:-1], count + 1), dtype=torch.bool, device=ids.device)
    return empty.scatter(-1, places, True)[..., :count]


def _changed(postprocessor: PostprocessorProto, batch: Mapping[str, Any], logits: Tensor) -> Tensor:
    """Logits (B, V) after a postprocessor; what only drops items says which."""
    inner = unwrap(postprocessor)
    excluded = inner.excluded_items(batch) if isinstance(inner, ExcludesItems) else None
    if excluded is None:
        return postprocessor.on_prediction(batch, logits)
    return logits.masked_fill(_marked(excluded, logits.shape[1]), -torch.inf)


def _best(logits: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    """Values and columns (B, k) of the highest logits."""
    values, columns = logits.topk(k.item(), dim=1)  # type: ignore[arg-type]
    return values, columns


@torch.no_grad()
def _weights(model: nn.Module) -> Tensor | None:
    """The embeddings of all items (V, D), where scores are products with them."""
    inner = unwrap(model)
    if not (isinstance(inner, Scoring) and isinstance(inner, LastHiddenState)):
        return None
    scorer = inner.scorer()
    if scorer is None or not scorer.is_dot_product:
        return None
    weights = scorer.item_weights().detach().clone()
    if not weights.isfinite().all():
        raise BundleError("embeddings of items are not finite, so nothing ranks them; train anew")
    return weights
