"""How many true items postprocessors take out before anything is ranked.

Letters in shapes: B users, P targets, S excluded items, C columns: the V items or the candidates.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from seqrec_library_kernels.ranking import item_columns
from seqrec_library_kernels.unwrap import unwrap
from torch import Tensor

from seqrec_callback_metrics.target_sets import NO_TARGET, contains
from seqrec_core.contracts import Batch, ExcludesItems, PostprocessorProto

__all__ = ["TakenOut", "Watched", "watched"]


class TakenOut:
    """Counts targets and those that are taken out; nothing here waits for the device.

    `key` is the same for the same targets, whatever becomes of them.
    """

    def __init__(self, device: torch.device) -> None:
        self._counts = torch.zeros(3, device=device, dtype=torch.int64)

    def add(self, targets: Tensor, postprocessors: "Iterable[Watched]") -> None:
        """Adds the targets (B, P) of a batch, and what became of them in its ranking."""
        real = targets != NO_TARGET
        taken = torch.zeros_like(real)
        for each in postprocessors:
            taken |= each.taken
        ids = targets.masked_fill(~real, 0)
        self._counts += torch.stack([(taken & real).sum(), real.sum(), ids.long().sum()])

    def merge(self, total: Callable[[Tensor], Tensor]) -> None:
        """Adds up all processes: `total` sums a tensor over them."""
        self._counts = total(self._counts)

    def counts(self) -> tuple[int, int]:
        """Numbers of targets that are taken out, and of all."""
        taken, every, _ = self._counts.tolist()
        return taken, every

    @property
    def key(self) -> tuple[int, int]:
        """The number of targets and the sum of their ids."""
        _, every, ids = self._counts.tolist()
        return every, ids


class Watched:
    """A postprocessor in one ranking: what it does, and which targets (B, P) it takes out.

    `taken` (B, P) is True where it does.
    """

    def __init__(self, postprocessor: PostprocessorProto, targets: Tensor) -> None:
        self._postprocessor = postprocessor
        self._targets = targets
        self.taken = torch.zeros_like(targets, dtype=torch.bool)

    def excluded_items(self, batch: Batch) -> Tensor | None:
        """What it excludes; None where it lacks that ability."""
        inner = unwrap(self._postprocessor)
        excluded = inner.excluded_items(batch) if isinstance(inner, ExcludesItems) else None
        if excluded is not None:
            self.taken = contains(excluded.to(self._targets.device), self._targets)
        return excluded

    def on_prediction(self, batch: Batch, logits: Tensor) -> Tensor:
        """What it makes of logits (B, C) in recommendations."""
        return self._compared(logits, self._postprocessor.on_prediction(batch, logits), batch)

    def on_validation(self, batch: Batch, logits: Tensor) -> Tensor:
        """What it makes of logits (B, C) in validation."""
        return self._compared(logits, self._postprocessor.on_validation(batch, logits), batch)

    def _compared(self, before: Tensor, after: Tensor, batch: Batch) -> Tensor:
        """The logits after it; targets that were finite before it and are -inf now are taken."""
        columns = before.shape[1]
        if columns:
            candidates: Any = batch.get("candidates_to_score")
            places = item_columns(self._targets.to(before.device), columns, candidates)
            there, at = places < columns, places.clamp(max=columns - 1)
            gone = (after.gather(1, at) == -torch.inf) & before.gather(1, at).isfinite()
            self.taken = (gone & there).to(self._targets.device)
        return after


def watched(postprocessors: Iterable[PostprocessorProto], targets: Tensor) -> list[Watched]:
    """The postprocessors for one ranking, each watched."""
    return [Watched(each, targets) for each in postprocessors]
