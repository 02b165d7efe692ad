"""Names of the columns of a batch, those of groups as `group.column`, and batches without one."""

from collections.abc import Mapping
from typing import Any

__all__ = ["column_names", "without_column"]


def column_names(batch: Mapping[str, Any]) -> frozenset[str]:
    """The name of every column."""
    return frozenset(
        path
        for name, value in batch.items()
        for path in ([f"{name}.{n}" for n in value] if isinstance(value, Mapping) else [name])
    )


def without_column(batch: Mapping[str, Any], column: str) -> dict[str, Any]:
    """A new batch without a column, or without a whole group; the same where it has none."""
    group, _, name = column.partition(".")
    if not name:
        return {key: value for key, value in batch.items() if key != group}
    inner = batch.get(group)
    rest = {group: without_column(inner, name)} if isinstance(inner, Mapping) else {}
    return {**batch, **rest}
