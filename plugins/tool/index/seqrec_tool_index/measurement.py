"""How much an index finds of what exact scoring does, and how long both take.

Letters in shapes: B users, D dim, S excluded items.
"""

import time
from collections.abc import Callable, Sequence
from statistics import median

import attrs
import torch
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.ranking import TopItems, top_scored
from seqrec_library_nearest.item_index import ItemIndex
from seqrec_tool_recommend.nearest_items import top_nearest
from torch import Tensor

__all__ = ["TOP", "Agreement", "Sample", "agreement", "latency", "recall", "with_recall"]

TOP = 10
_ROUNDING = 1e-5  # of the score at the last place: products are summed in another order
_RUNS = 15
_SECONDS = 2.0


@attrs.frozen
class Sample:
    """Hidden states (B, D) of users with what scores items, and the items (B, S) to leave out."""

    answer: DeferredLogits
    excluded: Tensor

    def first(self, users: int) -> "Sample":
        """The first of its users."""
        answer = DeferredLogits(self.answer.hidden[:users], self.answer.scorer)
        return Sample(answer, self.excluded[:users])

    def exact(self, k: int = TOP) -> TopItems:
        """The best items of all, each of which is scored."""
        weights = self.answer.scorer.item_weights()
        return top_scored(self.answer.hidden, weights, k, excluded=self.excluded)

    def by(self, index: ItemIndex, k: int = TOP) -> TopItems:
        """The best items by way of an index, as they are recommended."""
        return top_nearest(self.answer, index, k, self.excluded)


@attrs.frozen
class Agreement:
    """The scores that an index has itself: recall by them, and by how much they are off."""

    recall: float
    largest_difference: float


def recall(index: ItemIndex, samples: Sequence[Sample]) -> float:
    """Share of the ten best items that come by the index, too; items that tie are as good."""
    return _share([(sample.by(index).scores, sample.exact().scores) for sample in samples])


def with_recall(index: ItemIndex, samples: Sequence[Sample], target: float) -> ItemIndex:
    """The index with the least effort that reaches this recall, or with the greatest there is."""
    for each in index.efforts():
        index = each
        if recall(index, samples) >= target:
            break
    return index


def agreement(index: ItemIndex, samples: Sequence[Sample]) -> Agreement:
    """How the ten best by the index's own scores compare with the ten best, filters aside."""
    pairs, gaps = [], []
    for sample in samples:
        hidden, scorer = sample.answer.hidden, sample.answer.scorer
        k = min(TOP, index.items)
        own = index.search(hidden, k)
        scores = scorer(hidden, own.items.to(hidden.device)).float()
        gaps.append(float((scores - own.scores.to(hidden.device)).abs().max()))
        pairs.append((scores, top_scored(hidden, scorer.item_weights(), k).scores))
    return Agreement(_share(pairs), max(gaps))


def latency(run: Callable[[], object]) -> float:
    """Milliseconds that a call takes, the median of some; the first one does not count."""
    run()
    times: list[float] = []
    while len(times) < _RUNS and sum(times) < _SECONDS:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1000 * median(times)


def _share(pairs: Sequence[tuple[Tensor, Tensor]]) -> float:
    """Share of places with an item whose score is at least the last of the best."""
    hits, places = 0, 0
    for scores, best in pairs:
        is_place = best.isfinite()
        last = torch.where(is_place, best, torch.inf).amin(1, keepdim=True)
        hits += int(((scores >= last - _ROUNDING * last.abs()) & is_place).sum())
        places += int(is_place.sum())
    return hits / max(places, 1)
