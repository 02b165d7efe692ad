"""What watches a run, told apart by what it can do."""

from collections.abc import Iterable, Sequence

import attrs
import lightning

from seqrec_core.contracts import MetricProto, WriterProto
from seqrec_core.errors import SeqrecError

Watcher = lightning.Callback | MetricProto | WriterProto


@attrs.frozen
class Watchers:
    """Callbacks of Lightning, and what metrics and writers there are for any trainer."""

    callbacks: Sequence[lightning.Callback]
    metrics: Sequence[MetricProto]
    writers: Sequence[WriterProto]

    @classmethod
    def of(cls, watchers: Iterable[Watcher]) -> "Watchers":
        """Tells them apart; raises SeqrecError for one that is none of these."""
        callbacks: list[lightning.Callback] = []
        metrics: list[MetricProto] = []
        writers: list[WriterProto] = []
        for watcher in watchers:
            if isinstance(watcher, lightning.Callback):
                callbacks.append(watcher)
            elif isinstance(watcher, MetricProto):
                metrics.append(watcher)
            elif isinstance(watcher, WriterProto):
                writers.append(watcher)
            else:
                raise SeqrecError(
                    f"{type(watcher).__name__} is no callback of Lightning, and has neither the "
                    "methods of a metric (reset, update, merge, compute) nor that of a writer "
                    "(update)"
                )
        return cls(callbacks, metrics, writers)
