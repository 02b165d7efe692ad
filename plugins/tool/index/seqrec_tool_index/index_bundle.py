"""`seqrec index`: an index of the items of a bundle, and what it is worth."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.scorer import check_item_columns
from seqrec_library_nearest.index_folder import check_room, write_index
from seqrec_library_nearest.item_index import ItemIndex
from seqrec_tool_recommend.batch_ranker import BatchRanker
from seqrec_tool_recommend.event_histories import History
from seqrec_tool_recommend.history_batches import HistoryBatches
from seqrec_tool_recommend.nearest_items import all_excluded

from seqrec_core.bundle import Bundle, Serving
from seqrec_core.errors import BundleError, DataError
from seqrec_tool_index import measurement
from seqrec_tool_index.measurement import Sample
from seqrec_tool_index.sample_histories import random_histories, split_histories

__all__ = ["index_bundle"]

_BATCH = 64


def index_bundle(
    bundle: Bundle,
    out: Path,
    kind: str = "ivf",
    *,
    target: float = 0.98,
    users: int = 512,
    data: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Writes the index of a bundle's items to a folder; what was measured of it, as plain data.

    The least effort of searching that reaches the `target` recall for half of the `users` is
    chosen, and measured for the other half. Their histories are those of the predict split in
    `data`, by default the data folder of the bundle; random ones where there is none. `say` is
    handed what a person should know. Raises BundleError for a model that scores otherwise than by
    dot products with an item table.
    """
    check_room(out)
    serving = bundle.serving()
    if serving.items is None:
        raise BundleError(f"{bundle.path} has no items.parquet, which names the items")
    histories = split_histories(serving.schema, data or _data_of(bundle), users)
    if histories is None and data is not None:
        raise DataError(f"{data} has no predict.parquet, or no user in it; leave --data out")
    is_random = histories is None
    if histories is None:
        say("there is no data folder with a predict split: recall is that for random histories")
        histories = random_histories(serving.schema, len(serving.items), users)
    with torch.inference_mode():
        samples = _samples(bundle, serving, histories, say)
        weights = samples[0].answer.scorer.item_weights()
        if len(weights) != len(serving.items):
            raise BundleError(
                f"{bundle.path}: the model scores {len(weights):,} items, and the table of items "
                f"has {len(serving.items):,}; prepare the data and train anew"
            )
        start = time.perf_counter()
        index = ItemIndex.build(weights, kind)
        seconds = time.perf_counter() - start
        half = len(samples) // 2
        index = measurement.with_recall(index, samples[: max(half, 1)], target)
        measured = _measured(index, samples[half:])
    measured |= {
        "users": len(histories),
        "histories": "random" if is_random else "predict",
        "build_seconds": seconds,
    }
    file = write_index(out, index, bundle, measured)
    for line in _doubts(measured, target):
        say(line)
    sizes = {"bytes": file.stat().st_size, "table_bytes": weights.numel() * weights.element_size()}
    about = {"kind": kind, "effort": index.effort, "items": index.items, "dim": index.dim}
    return {**about, **sizes, **measured}


def _measured(index: ItemIndex, samples: Sequence[Sample]) -> dict[str, Any]:
    """What the index finds for these users, and the milliseconds of both ways."""
    parts = {str(users): samples[0].first(users) for users in (1, _BATCH)}
    exact = {size: measurement.latency(part.exact) for size, part in parts.items()}
    by_index = {size: measurement.latency(partial(part.by, index)) for size, part in parts.items()}
    measured = {
        "recall@10": measurement.recall(index, samples),
        "latency_ms": {"exact": exact, "index": by_index},
    }
    if index.kind != "int8":
        return measured
    agreement = measurement.agreement(index, samples)
    own = {
        "own_recall@10": agreement.recall,
        "largest_score_difference": agreement.largest_difference,
    }
    return measured | own


def _doubts(measured: Mapping[str, Any], target: float) -> Iterator[str]:
    """Why the index may not be worth having."""
    if measured["recall@10"] < target:
        yield f"the recall is below {target:g}: ask for more by --recall, or take another --kind"
    times = measured["latency_ms"]
    if times["index"]["1"] >= times["exact"]["1"]:
        yield "for one user, scoring all items is as quick: leave it out, or try another --kind"


def _data_of(bundle: Bundle) -> Path:
    """The data folder that the lock names, whether or not it is there."""
    module = bundle.lock.get("data")
    return bundle.path / str(module.get("folder", "") if isinstance(module, dict) else "")


def _samples(
    bundle: Bundle, serving: Serving, histories: list[History], say: Callable[[str], None]
) -> list[Sample]:
    """What the model says to the histories; BundleError where an index could not find it."""
    ranker = BatchRanker(serving, bundle.session, torch.device("cpu"))
    batches = HistoryBatches(serving.schema, serving.items, serving.spec.history_length())
    samples, is_filtered = list[Sample](), True
    # two batches at least: one to choose the effort, the other to measure
    size = max(min(_BATCH, len(histories) // 2), 1)
    for start in range(0, len(histories), size):
        columns, answer = ranker.answer(batches.batch(histories[start : start + size]))
        if not isinstance(answer, DeferredLogits):
            raise BundleError(
                f"{bundle.path}: {type(ranker.model).__name__} does not score items by the dot "
                "product of one hidden state and an item table, and an index finds only what is "
                "scored so; recommend without one"
            )
        excluded = all_excluded(serving.postprocessors, columns)
        is_filtered = excluded is not None
        if excluded is None:
            excluded = torch.empty(len(answer.hidden), 0, dtype=torch.int64)
        samples.append(Sample(answer, excluded))
    try:
        check_item_columns(ranker.model)
    except ValueError as cause:
        raise BundleError(f"{bundle.path}: {cause}") from cause
    if not is_filtered:
        say(
            "a postprocessor of the bundle does more than drop items and needs all scores: the "
            "index serves only requests that keep seen items"
        )
    return samples
