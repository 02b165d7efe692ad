"""What a service counts and times, as Prometheus reads it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)

__all__ = ["ServiceMetrics"]

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class ServiceMetrics:
    """Requests by endpoint and status, seconds, sizes of batches, the line, the model, reloads."""

    def __init__(self, waiting: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        each: dict[str, Any] = {"registry": self._registry}
        labels = ("endpoint", "status")
        self._requests = Counter("seqrec_requests", "Requests answered.", labels, **each)
        self._seconds = Histogram(
            "seqrec_request_seconds",
            "From the head of a request to the end of its answer.",
            ("endpoint",),
            buckets=_SECONDS,
            **each,
        )
        self.batch_size = Histogram(
            "seqrec_batch_size", "Questions answered together.", buckets=_SIZES, **each
        )
        self.batch_seconds = Histogram(
            "seqrec_batch_seconds", "Time to answer a batch.", buckets=_SECONDS, **each
        )
        Gauge("seqrec_queue_length", "Questions that wait.", **each).set_function(waiting)
        self._model = Info("seqrec_model", "The bundle that answers.", **each)
        self.reloads = Counter("seqrec_reloads", "Loads of a new bundle.", ("outcome",), **each)
        self.is_refused = Gauge(
            "seqrec_bundle_refused", "1 while a new bundle is there that cannot be used.", **each
        )
        ProcessCollector(registry=self._registry)
        for outcome in ("loaded", "refused"):
            self.reloads.labels(outcome)
        self._count_of, self._seconds_of = cache(self._requests.labels), cache(self._seconds.labels)

    def answered(self, endpoint: str, status: int, seconds: float) -> None:
        """Counts a request."""
        self._count_of(endpoint, str(status)).inc()
        self._seconds_of(endpoint).observe(seconds)

    def serves(self, facts: Mapping[str, Any]) -> None:
        """Says which model answers from now on."""
        self._model.info({name: str(value) for name, value in facts.items()})

    def text(self) -> bytes:
        """All of it, in Prometheus' format."""
        return generate_latest(self._registry)
