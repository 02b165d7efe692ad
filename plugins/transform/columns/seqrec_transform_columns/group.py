"""Columns gathered in nested dicts."""

from collections.abc import Iterable, Mapping
from typing import Any

from torch import nn


class GroupTransform(nn.Module):
    """Moves columns into groups: `mapping` gives the columns of each group by its name.

    Columns that the batch does not have are left out of their group. The grouped columns
    leave the top level; a column may stand in several groups.
    """

    def __init__(self, mapping: Mapping[str, Iterable[str]]):
        super().__init__()
        self.mapping = {group: tuple(names) for group, names in mapping.items()}
        self._grouped = frozenset().union(*self.mapping.values())

    def forward(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The remaining columns, then the groups; ValueError where both have one name."""
        rest = {name: value for name, value in batch.items() if name not in self._grouped}
        if clashes := sorted(rest.keys() & self.mapping.keys()):
            raise ValueError(f"the group {clashes[0]!r} would replace a column; rename one of them")
        groups = {
            group: {name: batch[name] for name in names if name in batch}
            for group, names in self.mapping.items()
        }
        return {**rest, **groups}
