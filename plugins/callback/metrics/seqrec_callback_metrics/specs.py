"""What measures, by ranking every item for every user, how good a model is."""

from collections.abc import Iterable
from typing import Literal

from seqrec_core.spec import CallbackSpec, Needs, inherited, param, spec

MetricName = Literal["recall", "precision", "ndcg", "map", "mrr", "hitrate", "novelty", "coverage"]


@spec
class MetricsSpec(CallbackSpec):
    """Ranking metrics over the whole catalogue, of each validation and test, for any trainer."""

    target = "seqrec_callback_metrics.from_spec:ranking_metrics"
    runtime = ("postprocessors", "data_dir")
    api = ""
    metrics: tuple[MetricName, ...] = param(
        ("map", "ndcg", "recall"), help="metrics to compute; novelty and coverage need train items"
    )
    ks: tuple[int, ...] = param((1, 5, 10, 20), help="lengths of the recommendation list")
    item_count: int = inherited("cardinality", help="items of the catalogue; other ids are padding")
    ground_truth_column: str = param("ground_truth", help="batch column with what users chose next")
    train_column: str = param("train", help="batch column with a user's items in the training data")
    print_table: bool = param(False, help="print the metrics as a table each time")
    cold: str | None = param(
        None,
        help='"file:column" with the training events of each item, as items.parquet:count: targets '
        "without any are measured by themselves, too, as cold_recall@10",
    )

    def measures(self) -> tuple[str, ...]:
        """Every metric at every length: more of each is better."""
        of_all = tuple(f"{name}@{k}" for name in self.metrics for k in sorted(set(self.ks)))
        of_targets = (name for name in of_all if not name.startswith(("novelty", "coverage")))
        return of_all if self.cold is None else (*of_all, *(f"cold_{n}" for n in of_targets))

    def needs(self, split: str) -> Needs:
        """True items where it measures; train items where a metric compares with them."""
        with_train = {"novelty", "coverage"}.intersection(self.metrics)
        columns = (self.ground_truth_column, *([self.train_column] if with_train else []))
        if split not in ("validate", "test"):
            return Needs()
        return Needs(columns=columns, files=() if self.cold is None else (self.cold,))

    def check(self) -> Iterable[tuple[str, str]]:
        """There is something to compute, and every list has at least one place."""
        if not self.metrics:
            yield "metrics", "name at least one metric"
        if not self.ks or min(self.ks) < 1:
            yield "ks", f"must hold lengths of at least 1, got {list(self.ks)}"
