"""A part of the columns."""

from collections.abc import Iterable
from typing import Any

from torch import nn


class SelectTransform(nn.Module):
    """Keeps the named columns and drops the others.

    `feature_names` are column names, or paths: `("column",)` and `("group", "column")`, the
    latter for a column of a group.
    """

    def __init__(self, feature_names: Iterable[str | tuple[str, ...]]):
        super().__init__()
        self.paths = [(name,) if isinstance(name, str) else tuple(name) for name in feature_names]
        for path in self.paths:
            if len(path) not in (1, 2):
                raise ValueError(f"cannot select {path!r}; a path has one or two names")

    def forward(self, batch: dict[str, Any]) -> dict[str, Any]:
        """A batch in the order of the paths; KeyError names a column that is missing."""
        selected: dict[str, Any] = {}
        for path in self.paths:
            source, target = batch, selected
            for group in path[:-1]:
                source, target = _entry(source, group, path), target.setdefault(group, {})
            target[path[-1]] = _entry(source, path[-1], path)
        return selected


def _entry(batch: dict[str, Any], name: str, path: tuple[str, ...]) -> Any:
    """A column or group of a batch; KeyError names it, and what there is."""
    if name not in batch:
        raise KeyError(f"cannot select {path!r}: no {name!r} among {list(batch)}")
    return batch[name]
