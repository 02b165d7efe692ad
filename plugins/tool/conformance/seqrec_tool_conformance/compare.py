"""Compares what components take and give: tensors in any nesting of mappings and sequences."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

__all__ = [
    "assert_close",
    "assert_same",
    "assert_unchanged",
    "converted",
    "differs",
    "leaves",
    "snapshot",
    "tensors",
]

Leaves = list[tuple[str, Any]]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every tensor and plain value with its path; mappings and sequences are walked through."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{path}[{key!r}]")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def tensors(value: Any) -> list[Tensor]:
    """Every floating-point tensor in a value."""
    every = (leaf for _, leaf in leaves(value) if isinstance(leaf, Tensor))
    return [leaf for leaf in every if leaf.is_floating_point()]


def snapshot(value: Any) -> Leaves:
    """A copy of every leaf, to tell later what has changed."""
    return [
        (path, leaf.detach().clone() if isinstance(leaf, Tensor) else leaf)
        for path, leaf in leaves(value)
    ]


def converted(value: Any, dtype: torch.dtype) -> Any:
    """The value with its floating-point tensors in another dtype."""
    if isinstance(value, Mapping):
        return {key: converted(item, dtype) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(converted(item, dtype) for item in value)
    is_float = isinstance(value, Tensor) and value.is_floating_point()
    return value.to(dtype) if is_float else value


def differs(one: Any, other: Any) -> bool:
    """Whether two values have other leaves."""
    first, second = dict(leaves(one)), dict(leaves(other))
    return first.keys() != second.keys() or not all(
        _is_same(value, second[path]) for path, value in first.items()
    )


def assert_same(actual: Any, expected: Any, message: str) -> None:
    """Fails with `message` and a path unless both have the same leaves, bit for bit."""
    _assert_same_leaves(list(leaves(actual)), list(leaves(expected)), message)


def assert_unchanged(value: Any, before: Leaves, message: str) -> None:
    """Fails with `message` and a path unless a value still is what its snapshot says."""
    _assert_same_leaves(list(leaves(value)), before, message)


def _assert_same_leaves(actual: Leaves, expected: Leaves, message: str) -> None:
    places, expected_places = ([path for path, _ in side] for side in (actual, expected))
    assert places == expected_places, f"{message}: it holds {places}, not {expected_places}"
    for (path, one), (_, other) in zip(actual, expected, strict=True):
        assert _is_same(one, other), f"{message}: {path or 'it'} differs"


def assert_close(actual: Tensor, expected: Tensor, message: str, tolerance: float = 1e-4) -> None:
    """Fails with `message` and the largest difference unless the tensors are alike."""
    assert actual.shape == expected.shape, (
        f"{message}: the shape is {tuple(actual.shape)}, not {tuple(expected.shape)}"
    )
    one, other = actual.detach(), expected.detach()
    if not torch.allclose(one, other, rtol=tolerance, atol=tolerance / 10):
        gap = float((one - other).abs().max())
        raise AssertionError(f"{message} (largest difference {gap:.2g})")


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        alike = one.shape == other.shape and one.dtype == other.dtype
        return alike and bool(((one == other) | (one.isnan() & other.isnan())).all())
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    equal = one == other
    return equal if isinstance(equal, bool) else type(one) is type(other)
