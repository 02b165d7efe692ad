"""What the training events have of a feature, summed over buckets: its categories, or its scale."""

from collections import Counter
from typing import Any, Protocol

import numpy as np
import polars as pl

from seqrec_core.schema import FeatureType
from seqrec_tool_prepare.encodings import spread_of, vocabulary
from seqrec_tool_prepare.feature_choice import LISTS, Feature

__all__ = ["TrainingValues", "training_values"]


class TrainingValues(Protocol):
    """Sums over events; `missing` counts those without a value, in all splits."""

    missing: int

    def add(self, values: pl.Series, is_training: np.ndarray) -> None:
        """Count values (E,), null where missing; `is_training` (E,) is True for training events."""

    def unknown(self) -> int:
        """Values outside training that training does not have."""

    def entry(self) -> dict[str, Any]:
        """What features.json says of the feature."""

    def sizes(self) -> dict[str, int]:
        """What the schema says of its size."""


def training_values(feature: Feature) -> TrainingValues:
    """Empty sums for a feature."""
    if feature.type is FeatureType.NUMERICAL:
        return _Numbers()
    if feature.type is FeatureType.NUMERICAL_LIST:
        return _Vectors()
    return _Categories(is_list=feature.type in LISTS)


class _Categories:
    """Categories of training, and the number of other ones."""

    def __init__(self, is_list: bool):
        self.is_list, self.missing, self.longest = is_list, 0, 1
        self._known: set[str] = set()
        self._others: Counter[str] = Counter()

    def add(self, values: pl.Series, is_training: np.ndarray) -> None:
        mask = pl.Series(is_training)
        parts = values.filter(mask), values.filter(~mask)
        if self.is_list:
            self.missing += int((values.list.len().fill_null(0) == 0).sum())
            self.longest = max(self.longest, int(values.list.n_unique().max() or 1))  # type: ignore[arg-type]
            parts = tuple(p.explode(empty_as_null=False, keep_nulls=False) for p in parts)  # type: ignore[assignment]
        else:
            self.missing += values.null_count()
        self._known.update(parts[0].drop_nulls().unique().to_list())
        counts = parts[1].drop_nulls().alias("value").value_counts(name="events")
        self._others.update(dict(zip(counts["value"], counts["events"], strict=True)))

    def unknown(self) -> int:
        return sum(count for text, count in self._others.items() if text not in self._known)

    def entry(self) -> dict[str, Any]:
        known = vocabulary(pl.Series(sorted(self._known), dtype=pl.String))
        if self.is_list:
            return {"values": known, "missing": []}
        return {"values": [None, *known], "missing": 0}

    def sizes(self) -> dict[str, int]:
        if self.is_list:
            return {"cardinality": max(len(self._known), 1), "tensor_dim": self.longest}
        return {"cardinality": len(self._known) + 1}


class _Numbers:
    """Mean and deviation of training (Chan, Golub and LeVeque, 1983: two parts as one)."""

    def __init__(self) -> None:
        self.missing, self._count, self._mean, self._squares = 0, 0, 0.0, 0.0
        self._least, self._most = np.inf, -np.inf

    def add(self, values: pl.Series, is_training: np.ndarray) -> None:
        self.missing += values.null_count()
        numbers = values.filter(pl.Series(is_training)).drop_nulls().to_numpy()
        if not len(numbers):
            return
        count, mean = self._count + len(numbers), numbers.mean()
        shift = mean - self._mean
        squares = np.square(numbers - mean).sum() + shift**2 * self._count * len(numbers) / count
        self._mean += shift * len(numbers) / count
        self._squares, self._count = self._squares + squares, count
        self._least = min(self._least, numbers.min())
        self._most = max(self._most, numbers.max())

    def unknown(self) -> int:
        return 0

    def entry(self) -> dict[str, Any]:
        if self._least >= self._most:  # one value, or none
            mean, spread = (float(self._least) if self._count else 0.0), 1.0
        else:
            mean = float(self._mean)
            spread = spread_of(float(np.sqrt(self._squares / self._count)))
        return {"mean": mean, "standard_deviation": spread, "missing": 0.0}

    def sizes(self) -> dict[str, int]:
        return {}


class _Vectors:
    """Lists of numbers, all of one length; they are taken as they are."""

    def __init__(self) -> None:
        self.missing, self._size = 0, 1

    def add(self, values: pl.Series, is_training: np.ndarray) -> None:
        self.missing += values.null_count()
        self._size = max(self._size, int(values.list.len().max() or 1))  # type: ignore[arg-type]

    def unknown(self) -> int:
        return 0

    def entry(self) -> dict[str, Any]:
        return {"missing": [0.0] * self._size}

    def sizes(self) -> dict[str, int]:
        return {"tensor_dim": self._size}
