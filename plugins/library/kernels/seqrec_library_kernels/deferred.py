"""What a model answers in evaluation before anybody asked for all its logits."""

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from seqrec_core.contracts import ScorerProto

__all__ = ["DeferredLogits"]


class DeferredLogits(Mapping[str, Any]):
    """An InferenceOutput whose logits (B, V) are computed when they are first read.

    Ranking a catalogue needs the last hidden states `hidden` (B, D) and the `scorer` only: it
    scores some items at a time and keeps the best, see `ranking.recommend`. Whoever reads
    `["logits"]` gets them all.
    """

    def __init__(self, hidden: Tensor, scorer: ScorerProto) -> None:
        self.hidden = hidden
        self.scorer = scorer
        self._values: dict[str, Any] = {"hidden_states": ()}

    def __getitem__(self, key: str) -> Any:
        if key == "logits" and key not in self._values:
            self._values[key] = self.scorer(self.hidden)
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(("logits", "hidden_states"))

    def __len__(self) -> int:
        return 2
