"""Batches: dicts of columns, which transforms read and extend."""

from collections.abc import Mapping
from typing import Any

__all__ = ["column"]


def column(batch: Mapping[str, Any], name: str, transform: str) -> Any:
    """A column of the batch; KeyError that says what there is, and a remedy, if it is missing."""
    try:
        return batch[name]
    except KeyError:
        raise KeyError(
            f"no column {name!r} for {transform}, only {list(batch)}; put it before transforms "
            "that rename or group columns"
        ) from None
