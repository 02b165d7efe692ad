"""The best items of every user: exact, in one pass over the logits, which stay as they are.

Chunks that fit the cache are copied, or scored, into a buffer; there NaN becomes -inf and excluded
items are set to -inf. The k best of a row lie in the k blocks of columns whose maxima are the
highest, so a row costs one vectorised pass and two selections among about a thousand numbers
instead of one among V. Logits that nobody else reads are never held: see `top_scored`.

Letters in shapes: B users, S excluded items, C columns: the V items or the candidates.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from seqrec_core.contracts import ExcludesItems, PostprocessorProto
from seqrec_core.errors import DataError
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.unwrap import unwrap

__all__ = [
    "TopItems",
    "check_catalogue",
    "item_columns",
    "recommend",
    "tied_ranks",
    "top_items",
    "top_scored",
    "with_candidates",
]

_BLOCK = 64  # columns
_FEWEST_BLOCKS = 32
_CPU_CHUNK_BYTES = 8 << 20
_DEVICE_CHUNK_BYTES = 256 << 20


class TopItems(NamedTuple):
    """Recommendations, best first; places without an item hold -1 and -inf.

    `items` are item ids (B, k), `scores` their logits in float32 (B, k).
    """

    items: Tensor
    scores: Tensor


def recommend(
    outputs: Mapping[str, Any],
    batch: Mapping[str, Any],
    k: int,
    *,
    stage: Literal["on_prediction", "on_validation"],
    postprocessors: Sequence[PostprocessorProto] = (),
    candidates: Tensor | None = None,
) -> TopItems:
    """The k best items of every user after the postprocessors; prediction and metrics share it.

    `outputs` is an InferenceOutput with logits (B, C). Candidates (C,) or (B, C) name the columns:
    those of the batch, under `candidates_to_score`, beat the argument. Postprocessors run in
    order, each given the batch with its candidates. Those at the end that only drop items, and say
    which (`ExcludesItems`), work inside the selection and copy no logits. Where nothing else asks
    for DeferredLogits, they are ranked as they are computed.
    """
    batch = with_candidates(batch, candidates)
    candidates = batch.get("candidates_to_score")
    changing, dropped = _split(postprocessors, batch)
    excluded = torch.cat(dropped, dim=1) if dropped else None
    if isinstance(outputs, DeferredLogits) and candidates is None and not changing:
        return top_scored(outputs.hidden, outputs.scorer.item_weights(), k, excluded=excluded)
    logits = outputs["logits"]
    if logits.dim() != 2:
        raise ValueError(f"logits must be (users, items), got the shape {tuple(logits.shape)}")
    for each in changing:
        change = each.on_prediction if stage == "on_prediction" else each.on_validation
        logits = change(batch, logits)
    return top_items(logits, k, excluded=excluded, candidates=candidates)


def with_candidates(batch: Mapping[str, Any], candidates: Tensor | None) -> Mapping[str, Any]:
    """The batch, with these candidates, (C,) or (B, C), where it has none of its own."""
    if candidates is None or batch.get("candidates_to_score") is not None:
        return batch
    return {**batch, "candidates_to_score": candidates}


def check_catalogue(top: TopItems, items: int) -> None:
    """Raises DataError where an item is recommended that is none of the catalogue's 0..items-1."""
    last = int(top.items.max()) if top.items.numel() else -1
    if last >= items:
        raise DataError(
            f"the model recommends item number {last}, and the catalogue has {items} items; its "
            "logits need one column for each item, 'cardinality' of the item id in all"
        )


def top_items(
    logits: Tensor, k: int, *, excluded: Tensor | None = None, candidates: Tensor | None = None
) -> TopItems:
    """The k highest logits (B, C) of every row and the items they belong to.

    A logit of -inf or NaN is never recommended, nor is an item of `excluded` (B, S), whose ids
    outside the catalogue are padding. Column j is item j, or candidate j of candidates (C,), or of
    each user's own, (B, C), where a negative one is padding and never recommended. Of items that
    tie at the last place, any may be chosen. Raises ValueError for another number of candidates.
    """
    logits = logits.detach()
    columns = logits.shape[1]
    if excluded is not None:
        excluded = item_columns(excluded.to(logits.device), columns, candidates)
    if candidates is not None:
        candidates = _one_each(logits, candidates)
    workspace = _workspace(logits)
    parts = []
    for start in range(0, len(logits), len(workspace)):
        rows = logits[start : start + len(workspace)]
        copy = workspace[: len(rows)]
        copy[:, :columns] = rows
        if candidates is not None:
            copy[:, :columns].masked_fill_(candidates[start : start + len(rows)] < 0, -torch.inf)
        if excluded is not None:
            copy.scatter_(1, excluded[start : start + len(rows)], -torch.inf)
        parts.append(_top_columns(copy, k))
    if not parts:
        empty = logits.new_empty(0, k)
        return TopItems(empty.long(), empty.float())
    scores = torch.cat([values for values, _ in parts])
    items = torch.cat([indices for _, indices in parts])
    if candidates is not None and columns:
        items = candidates.gather(1, items.clamp_(max=columns - 1))
    return TopItems(items.masked_fill_(scores == -torch.inf, -1), scores)


def top_scored(
    hidden: Tensor, weight: Tensor, k: int, *, excluded: Tensor | None = None
) -> TopItems:
    """`top_items` of the logits hidden (B, D) @ weight.T, for weights (V, D), without holding them.

    Some columns at a time are scored and give their k best, among which the k best are chosen.
    """
    hidden, weight = hidden.detach().to(weight.dtype), weight.detach()
    items = len(weight)
    buffer = _columns_buffer(hidden, items)
    width = buffer.shape[1] - _BLOCK
    if excluded is not None:
        excluded = item_columns(excluded.to(hidden.device), items)
    parts = []
    for start in range(0, items, width):
        section = weight[start : start + width]
        torch.mm(hidden, section.T, out=buffer[:, : len(section)])
        buffer[:, len(section) :] = -torch.inf
        if excluded is not None:
            inside = (excluded >= start) & (excluded < start + width)
            buffer.scatter_(1, torch.where(inside, excluded - start, width), -torch.inf)
        values, columns = _top_columns(buffer, k)
        parts.append((values, columns + start))
    scores, place = torch.cat([values for values, _ in parts], 1).topk(k)
    best = torch.cat([columns for _, columns in parts], 1).gather(1, place)
    return TopItems(best.masked_fill_(scores == -torch.inf, -1), scores)


def tied_ranks(scores: Tensor) -> Tensor:
    """Rank of each place of sorted scores (B, k): how many scores are at least as high.

    Without ties that is 1, 2, 3, …; items that tie all get the last rank of their group. A rank
    within the first k - 1 is exact whatever lies beyond place k.
    """
    rising = -scores
    return torch.searchsorted(rising, rising, right=True)


def item_columns(ids: Tensor, columns: int, candidates: Tensor | None = None) -> Tensor:
    """Columns of the logits that hold these item ids (B, S), `columns` for ids that have none.

    `columns` is C, the number of them; candidates (C,) or (B, C) name them, by default item j has
    column j.
    """
    if candidates is None:
        return torch.where((ids >= 0) & (ids < columns), ids, columns)
    if columns == 0:
        return torch.zeros_like(ids)
    named, order = candidates.to(ids.device).sort(-1)
    place = torch.searchsorted(named, ids.contiguous()).clamp_(max=columns - 1)
    if candidates.dim() == 1:
        names, places = named[place], order[place]
    else:
        names, places = named.gather(1, place), order.gather(1, place)
    return torch.where((names == ids) & (ids >= 0), places, columns)


def _one_each(logits: Tensor, candidates: Tensor) -> Tensor:
    """Candidates of every logit (B, C); ValueError unless there are as many."""
    if candidates.shape not in (logits.shape, logits.shape[1:]):
        raise ValueError(
            f"logits have shape {tuple(logits.shape)} for candidates of shape "
            f"{tuple(candidates.shape)}; name the item of each column"
        )
    return candidates.to(logits.device).expand(len(logits), -1)


def _split(
    postprocessors: Sequence[PostprocessorProto], batch: Mapping[str, Any]
) -> tuple[Sequence[PostprocessorProto], list[Tensor]]:
    """Postprocessors that must see the logits, and what the pure filters after them drop."""
    end, dropped = len(postprocessors), list[Tensor]()
    while end and (excluded := _excluded(postprocessors[end - 1], batch)) is not None:
        dropped.insert(0, excluded)
        end -= 1
    return postprocessors[:end], dropped


def _excluded(postprocessor: PostprocessorProto, batch: Mapping[str, Any]) -> Tensor | None:
    """Items (B, S) to drop, where that is all that the postprocessor does."""
    inner = unwrap(postprocessor)
    return inner.excluded_items(batch) if isinstance(inner, ExcludesItems) else None


def _workspace(logits: Tensor) -> Tensor:
    """Room for a chunk of rows, in whole blocks, with at least one spare column of -inf."""
    users, columns = logits.shape
    width = (columns // _BLOCK + 1) * _BLOCK
    budget = _CPU_CHUNK_BYTES if logits.device.type == "cpu" else _DEVICE_CHUNK_BYTES
    rows = max(1, min(users, budget // (width * logits.element_size())))
    workspace = logits.new_empty(rows, width)
    workspace[:, columns:] = -torch.inf
    return workspace


def _columns_buffer(hidden: Tensor, items: int) -> Tensor:
    """Room for the logits of all users and some items, in whole blocks, and one block more."""
    budget = _CPU_CHUNK_BYTES if hidden.device.type == "cpu" else _DEVICE_CHUNK_BYTES
    blocks = budget // (max(len(hidden), 1) * _BLOCK * hidden.element_size())
    width = min(max(blocks, _FEWEST_BLOCKS), -(-items // _BLOCK)) * _BLOCK
    return hidden.new_empty(len(hidden), width + _BLOCK)


def _top_columns(rows: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Values in float32 and columns of the k largest of each row (R, whole blocks); edits NaN."""
    users, width = rows.shape
    blocks = rows.view(-1, _BLOCK)
    highest = blocks.amax(1)
    if rows.device.type != "cpu" or highest.isnan().any():
        torch.nan_to_num(rows, nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf, out=rows)
        highest = blocks.amax(1)
    if width <= 4 * k * _BLOCK:
        values, columns = rows.topk(min(k, width), dim=1)
    else:
        best = highest.view(users, -1).topk(k, dim=1, sorted=False).indices
        first = torch.arange(users, device=rows.device).unsqueeze(1) * (width // _BLOCK)
        inside = blocks.index_select(0, (first + best).flatten()).view(users, -1)
        values, place = inside.topk(k, dim=1)
        columns = best.gather(1, place // _BLOCK) * _BLOCK + place % _BLOCK
    missing = k - values.shape[1]
    if missing > 0:
        values = torch.nn.functional.pad(values, (0, missing), value=-torch.inf)
        columns = torch.nn.functional.pad(columns, (0, missing))
    return values.float(), columns
