"""What measures, by ranking every item for every user, how good a model is."""

from collections.abc import Iterable
from typing import Literal

from seqrec_core.spec import CallbackSpec, Needs, inherited, param, spec

MetricName = Literal["recall", "precision", "ndcg", "map", "mrr", "hitrate", "novelty", "coverage"]


@spec
class MetricsSpec(CallbackSpec):
    """Ranking metrics over the whole catalogue, of each validation and test, for any trainer."""

    target = "seqrec_callback_metrics.ranking_metrics:RankingMetrics"
    runtime = ("postprocessors",)
    api = ""
    metrics: tuple[MetricName, ...] = param(
        ("map", "ndcg", "recall"), help="metrics to compute; novelty and coverage need train items"
    )
    ks: tuple[int, ...] = param((1, 5, 10, 20), help="lengths of the recommendation list")
    item_count: int = inherited("cardinality", help="items of the catalogue; other ids are padding")
    ground_truth_column: str = param("ground_truth", help="batch column with what users chose next")
    train_column: str = param("train", help="batch column with a user's items in the training data")
    print_table: bool = param(False, help="print the metrics as a table each time")

    def measures(self) -> tuple[str, ...]:
        """Every metric at every length: more of each is better."""
        return tuple(f"{name}@{k}" for name in self.metrics for k in sorted(set(self.ks)))

    def needs(self, split: str) -> Needs:
        """True items where it measures; train items where a metric compares with them."""
        with_train = {"novelty", "coverage"}.intersection(self.metrics)
        columns = (self.ground_truth_column, *([self.train_column] if with_train else []))
        return Needs(columns=columns if split in ("validate", "test") else ())

    def check(self) -> Iterable[tuple[str, str]]:
        """There is something to compute, and every list has at least one place."""
        if not self.metrics:
            yield "metrics", "name at least one metric"
        if not self.ks or min(self.ks) < 1:
            yield "ks", f"must hold lengths of at least 1, got {list(self.ks)}"
