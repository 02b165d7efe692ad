"""How large the embeddings of features start."""

from collections.abc import Mapping, Sequence
from math import log, sqrt

from seqrec_core.schema import FeatureHint, TensorFeatureInfo

__all__ = ["balanced", "table_std"]

_SMALLEST_STD = 0.02


def table_std(rows: int, dim: int) -> float:
    """The standard deviation of a table's Xavier-normal draw, at least 0.02.

    Without that bound a large table starts so close to zero (0.0014 for a million rows of 64) that
    position embeddings drown it.
    """
    return max(_SMALLEST_STD, sqrt(2 / (rows + dim)))


def balanced(features: Sequence[TensorFeatureInfo], aggregation: str) -> Mapping[str, float | None]:
    """The standard deviation of each feature's weights; None, as ever, for the item id.

    All others together, as an aggregator adds them, start no larger than the item's embedding:
    numbers of mean 0 and variance 1 are presumed, and lists of one value again and again. Where
    no item id is embedded, 0.02 stands for its size.
    """
    items = [f for f in features if f.feature_hint is FeatureHint.ITEM_ID]
    others = [f for f in features if f.feature_hint is not FeatureHint.ITEM_ID]
    sizes = [_std_of_table(f) * sqrt(f.embedding_dim or 1) for f in items]
    stds: dict[str, float | None] = dict.fromkeys(f.name for f in items)
    for feature in others:
        dim = feature.embedding_dim or 1
        size = min(sizes, default=_SMALLEST_STD * sqrt(dim))
        largest = min([size / sqrt(dim), *map(_std_of_table, items)])
        stds[feature.name] = _std(feature, largest / sqrt(len(others)), aggregation)
    return stds


def _std_of_table(feature: TensorFeatureInfo) -> float:
    return table_std((feature.cardinality or 0) + 1, feature.embedding_dim or 1)


def _std(feature: TensorFeatureInfo, limit: float, aggregation: str) -> float:
    """The standard deviation of weights whose embeddings have at most that of `limit`."""
    values = feature.tensor_dim or 1
    if feature.is_num:
        return limit / sqrt(values)
    growth = 1.0
    if feature.is_list and aggregation == "sum":
        growth = values
    elif feature.is_list and aggregation == "max":
        growth = sqrt(1.0 + 2 * log(values))  # of the largest of as many normal numbers, at most
    return min(_std_of_table(feature), limit / growth)
