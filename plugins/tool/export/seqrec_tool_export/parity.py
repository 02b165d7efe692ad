"""Whether a written graph answers as the bundle does, and how fast both are."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np
import torch
from seqrec_library_kernels.ranking import TopItems
from seqrec_tool_recommend.batch_ranker import BatchRanker
from seqrec_tool_recommend.event_histories import History
from seqrec_tool_recommend.history_batches import HistoryBatches

from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError
from seqrec_tool_export.export_targets import Ranking
from seqrec_tool_export.graph_inputs import GraphInputs, Inputs

__all__ = ["Bundled", "check_parity", "difference", "latencies"]

_TOLERANCE = 1e-4  # relative to the largest score
_BATCHES = (1, 64)


class Bundled:
    """The answers of a bundle as `seqrec recommend` computes them, for histories of numbers."""

    def __init__(self, bundle: Bundle, keep_seen: bool) -> None:
        serving = bundle.serving()
        assert serving.items is not None
        self._batches = HistoryBatches(serving.schema, serving.items, serving.spec.history_length())
        self._ranker = BatchRanker(serving, bundle.session, torch.device("cpu"))
        self._keep_seen = keep_seen

    def best(
        self, histories: Sequence[History], k: int, candidates: Sequence[int] = ()
    ) -> TopItems:
        """The k best items (B, k) and their scores, of all items for no candidates."""
        return self._ranker.best(
            self._batches.batch(histories),
            k,
            candidates=torch.tensor(list(candidates)) if candidates else None,
            keep_seen=self._keep_seen,
        )


@attrs.frozen
class _Question:
    """What is asked of both: histories, k, and the candidates, all for none."""

    histories: Sequence[History]
    k: int
    candidates: Sequence[int] = ()


def check_parity(
    run: Callable[[Inputs], Ranking], bundled: Bundled, inputs: GraphInputs, length: int | None
) -> float:
    """The largest difference of scores, in relation to the largest score, over sample questions.

    Raises BundleError where that is too much, or items that do not tie come in another order, and
    DataError where the bundle scores something by no number.
    """
    largest = 0.0
    for each in _questions(inputs, length):
        items, scores = run(inputs.of(each.histories, each.k, each.candidates))
        top = bundled.best(each.histories, each.k, each.candidates)
        largest = max(largest, difference((items, scores), (top.items.numpy(), top.scores.numpy())))
    if not largest <= _TOLERANCE:
        what = "in another order" if largest == np.inf else f"by scores that are {largest:.2g} off"
        raise BundleError(
            f"the graph ranks items {what} than the bundle does, so it was not kept; a part may "
            "compute what depends on values: try --keep-seen, or serve the bundle itself"
        )
    return largest


def difference(answer: Ranking, expected: Ranking) -> float:
    """How far scores are apart in relation to the largest; infinite for other items.

    Items whose scores are as near to each other as rounding may come in any order, and where
    they tie with the last place, one may stand for another.
    """
    (items, scores), (other_items, others) = answer, expected
    if items.shape != other_items.shape or ((items < 0) != (other_items < 0)).any():
        return np.inf
    is_real = other_items >= 0
    if not is_real.any():
        return 0.0
    scale = max(float(np.abs(others[is_real]).max()), 1e-30)
    gap = float(np.abs(scores[is_real] - others[is_real]).max()) / scale
    if not gap <= _TOLERANCE:
        return gap if np.isfinite(gap) else np.inf
    near = 2 * _TOLERANCE * scale
    for row in np.flatnonzero((items != other_items).any(1)):
        score_of = dict(zip(other_items[row].tolist(), others[row].tolist(), strict=True))
        last = others[row][is_real[row]].min()
        for item, score in zip(items[row].tolist(), scores[row].tolist(), strict=True):
            if item >= 0 and abs(score - score_of.get(item, last)) > near:
                return np.inf
    return gap


def _questions(inputs: GraphInputs, length: int | None) -> list[_Question]:
    """Histories of none, one, all items that samples have, more events than the model sees."""
    long = (length or 20) + 7
    mixed = inputs.drawn(1, [0, 1, 2, length or 20, long, 3])
    [whole] = inputs.drawn(2, [len(inputs.items)])
    seen = attrs.evolve(whole, items=inputs.items.tolist())
    some = np.random.default_rng(3).permutation(inputs.count)[: max(1, inputs.count // 3)]
    return [
        *(_Question([each], min(10, inputs.count)) for each in inputs.drawn(4, [0, 1, long])),
        _Question(mixed, min(10, inputs.count)),
        _Question(mixed, 1),
        _Question(mixed, inputs.count),
        _Question(mixed, min(10, len(some)), some.tolist()),
        *([_Question([seen, *mixed], min(10, inputs.count))] if inputs.count <= 10_000 else []),
        _Question(inputs.drawn(5, [length or 20] * 64), min(10, inputs.count)),
    ]


def latencies(
    run: Callable[[Inputs], Ranking],
    bundled: Bundled,
    inputs: GraphInputs,
    length: int | None,
    calls: int = 50,
) -> list[dict[str, float]]:
    """Milliseconds, median and p95, of graph and bundle (torch), for one history and for 64."""
    return [
        {"batch": size, **_compared(run, bundled, inputs, [length or 20] * size, calls)}
        for size in _BATCHES
    ]


def _compared(
    run: Callable[[Inputs], Ranking],
    bundled: Bundled,
    inputs: GraphInputs,
    lengths: Sequence[int],
    calls: int,
) -> dict[str, float]:
    """Milliseconds of one batch."""
    histories, k = inputs.drawn(6, lengths), min(10, inputs.count)
    feed = inputs.of(histories, k)
    graph = _times(lambda: run(feed), calls)
    eager = _times(lambda: bundled.best(histories, k), calls)
    return {
        "median_ms": float(np.median(graph)),
        "p95_ms": float(np.quantile(graph, 0.95)),
        "torch_median_ms": float(np.median(eager)),
        "torch_p95_ms": float(np.quantile(eager, 0.95)),
    }


def _times(call: Callable[[], Any], calls: int) -> list[float]:
    """Milliseconds of each call, after three that do not count."""
    times = []
    for number in range(calls + 3):
        start = time.perf_counter()
        call()
        if number >= 3:
            times.append((time.perf_counter() - start) * 1e3)
    return times
