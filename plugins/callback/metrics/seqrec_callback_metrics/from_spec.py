"""What builds the metrics of a spec: counts of items, which JSON cannot hold, come from a file."""

from collections.abc import Sequence
from pathlib import Path

from seqrec_library_kernels.tensor_files import read_column

from seqrec_callback_metrics.ranking_metrics import RankingMetrics
from seqrec_core.contracts import PostprocessorProto

__all__ = ["ranking_metrics"]


def ranking_metrics(
    metrics: Sequence[str],
    ks: Sequence[int],
    item_count: int,
    ground_truth_column: str,
    train_column: str,
    print_table: bool,
    cold: str | None,
    postprocessors: Sequence[PostprocessorProto],
    data_dir: Path | None,
) -> RankingMetrics:
    """`RankingMetrics` with the counts of items from `cold`, "file:column" in the data folder.

    Raises ValueError where there is no such column, or it has not `item_count` rows.
    """
    counts = read_column(data_dir, cold)
    if counts is not None and counts.shape != (item_count,):
        raise ValueError(
            f"{cold!r} has {len(counts)} rows, and there are {item_count} items; give one row for "
            "each item"
        )
    return RankingMetrics(
        metrics,
        ks,
        postprocessors,
        item_count,
        ground_truth_column,
        train_column,
        print_table,
        counts,
    )
