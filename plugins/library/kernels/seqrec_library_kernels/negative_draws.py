"""Negatives of a batch: distinct items for all of its rows, or for each class of rows.

Up to 4,096 items, and for more than a quarter of the catalogue, draws are those of
`torch.multinomial`, so that a seed gives what it gives in the reference. Beyond that they are a
stream of our own with the same distribution, which costs about N instead of V and takes any V.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor

from seqrec_library_kernels.draw_frequency import log_frequency_of
from seqrec_library_kernels.sampling import (
    WeightedSampler,
    by_multinomial,
    check_weights,
    distinct_uniform,
    prefers_multinomial,
)

__all__ = ["ClassDraws", "UniformDraws", "device_of"]


class UniformDraws:
    """`count` distinct items of `cardinality`, all alike or as `distribution` (V,) weighs them.

    Raises ValueError for a count that is not below the cardinality, and for weights that cannot
    give so many.
    """

    def __init__(
        self,
        cardinality: int,
        count: int,
        distribution: Tensor | None = None,
        generator: Generator | None = None,
    ) -> None:
        _check_count(count, cardinality)
        self.cardinality = cardinality
        self.count = count
        self.generator = generator
        self.weights: Tensor | None = None
        self.sampler: WeightedSampler | None = None
        self.logs: Tensor | None = None
        self.are_alike = distribution is None or bool(_are_alike(distribution[None]))
        uses_multinomial = prefers_multinomial(cardinality, count)
        if distribution is not None:
            _check_size(distribution, cardinality)
            check_weights(distribution, count)
            members = distribution > 0
            self.logs = (members * (count / members.sum())).log()
            if not uses_multinomial:
                self.sampler = WeightedSampler(distribution[None], count)
        if uses_multinomial:
            weights = torch.ones(cardinality) if distribution is None else distribution
            self.weights = weights.float()

    def draw(self) -> Tensor:
        """Distinct items (N,), on the CPU."""
        if self.weights is not None:
            return by_multinomial(self.weights, self.count, self.generator)
        if self.sampler is not None:
            return self.sampler.sample(torch.zeros(1, dtype=torch.int64), self.generator)[0]
        return distinct_uniform(self.cardinality, self.count, self.generator)

    def log_frequency(self, items: Tensor) -> Tensor | None:
        """Logarithms of how often each item is in a draw; None for weights that are not alike.

        What such weights give distinct draws has no closed form.
        """
        if not self.are_alike:
            return None
        if self.logs is None:
            is_item = (items >= 0) & (items < self.cardinality)
            return is_item * math.log(self.count / self.cardinality)
        self.logs = self.logs.to(items.device)
        return log_frequency_of(self.logs, items)

    def generators(self) -> tuple[Generator, ...]:
        """Its generator; none where it draws from torch's own."""
        return () if self.generator is None else (self.generator,)


class ClassDraws:
    """`count` distinct items of each class; rows of one class share theirs.

    `sample_mask` (C, V) holds the weight of each item in each of C classes, 0 for none. The
    column `selector` (B,) of a batch, or of one of its groups, says which class is a row's. Raises
    ValueError for a mask of another shape, and for a class that has too few items.
    """

    def __init__(
        self, sample_mask: Tensor, count: int, selector: str, generator: Generator | None = None
    ) -> None:
        if sample_mask.ndim != 2:
            raise ValueError(f"sample_mask has shape {tuple(sample_mask.shape)}; it must be (C, V)")
        self.num_classes, cardinality = sample_mask.shape
        _check_count(count, cardinality)
        check_weights(sample_mask, count)
        self.count = count
        self.selector = selector
        self.generator = generator
        self.members = sample_mask > 0
        self.are_alike = bool(_are_alike(sample_mask).all())
        self.weights: Tensor | None = None
        if prefers_multinomial(cardinality, count):
            self.weights = sample_mask.float()
        else:
            self.sampler = WeightedSampler(sample_mask, count)

    def draw(self, batch: Mapping[str, Any]) -> Tensor:
        """Items (B, N) of the class of each row, on the selector's device.

        Raises ValueError for a batch without the selector, and for one that is no class.
        """
        selector = self._selector(batch)
        items: Tensor = self._of_classes(selector.cpu()).to(selector.device)
        return items

    def log_frequency(self, items: Tensor, batch: Mapping[str, Any]) -> Tensor | None:
        """Logarithms of how often each item (B, ...) is drawn for its row; None as `UniformDraws`.

        Items of other classes are never drawn: -inf.
        """
        if not self.are_alike:
            return None
        classes = self._selector(batch).long()
        self.members = self.members.to(classes.device)
        rows = items.flatten(1)
        is_item = (rows >= 0) & (rows < self.members.size(1))
        is_member = self.members[classes[:, None], rows.where(is_item, 0)]
        frequency = self.count / self.members.sum(1)[classes, None]
        return (is_member * frequency).log().where(is_item, 0.0).view_as(items)

    def generators(self) -> tuple[Generator, ...]:
        """Its generator; none where it draws from torch's own."""
        return () if self.generator is None else (self.generator,)

    def _selector(self, batch: Mapping[str, Any]) -> Tensor:
        """The class of each row (B,); see `draw`."""
        selector = _column(batch, self.selector)
        classes = selector.cpu()
        if selector.ndim != 1:
            raise ValueError(
                f"{self.selector!r} has shape {tuple(selector.shape)}; it must be (B,) with "
                f"classes 0..{self.num_classes - 1}: name a feature of users as "
                "negative_selector_name"
            )
        if bool(((classes < 0) | (classes >= self.num_classes)).any()):
            raise ValueError(
                f"{self.selector!r} must be (B,) with classes 0..{self.num_classes - 1}, got "
                f"shape {tuple(selector.shape)}: {classes.tolist()}"
            )
        return selector

    def _of_classes(self, classes: Tensor) -> Tensor:
        """Items (B, N) for rows of these classes (B,), drawn once a class."""
        if self.weights is not None:
            return by_multinomial(self.weights, self.count, self.generator)[classes]
        distinct, rows = torch.unique(classes, return_inverse=True)
        return self.sampler.sample(distinct, self.generator)[rows]


def device_of(batch: Mapping[str, Any]) -> torch.device:
    """The device of the first tensor of a batch, which may have groups; the CPU without any."""
    for value in batch.values():
        return value.device if isinstance(value, Tensor) else device_of(value)
    return torch.device("cpu")


def _column(batch: Mapping[str, Any], name: str) -> Tensor:
    """A column of the batch, or of one of its groups; ValueError where it has none."""
    groups = [value for value in batch.values() if isinstance(value, Mapping)]
    for columns in (batch, *groups):
        if name in columns:
            column: Tensor = columns[name]
            return column
    raise ValueError(
        f"the batch has no column {name!r} with the class of each row; it has {', '.join(batch)}"
    )


def _are_alike(weights: Tensor) -> Tensor:
    """Whether the weights of each row (R, V) that are above 0 are all the same, (R,)."""
    lowest = weights.masked_fill(weights <= 0, weights.max()).amin(1)
    return lowest == weights.amax(1)


def _check_count(count: int, cardinality: int) -> None:
    """Raises ValueError unless fewer items are drawn than there are."""
    if not 0 < count < cardinality:
        raise ValueError(
            f"num_negative_samples is {count}; it must lie in 1..{cardinality - 1}, as "
            f"{cardinality} items are drawn from"
        )


def _check_size(distribution: Tensor, cardinality: int) -> None:
    """Raises ValueError unless the distribution has one weight an item."""
    if distribution.shape != (cardinality,):
        raise ValueError(
            f"sample_distribution has shape {tuple(distribution.shape)}; it must have one weight "
            f"for each of the {cardinality} items"
        )
