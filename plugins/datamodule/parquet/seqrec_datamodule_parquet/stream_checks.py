"""What a stream cannot be asked for, said before anything is read."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import torch

from seqrec_datamodule_parquet.metadata import ColumnFormat
from seqrec_datamodule_parquet.shares import of_whole_groups, shares_of


def check_names(formats: Mapping[str, ColumnFormat], make_mask_name: Callable[[str], str]) -> None:
    """Raises ValueError where nothing is read, or a mask would replace a column."""
    if not formats:
        raise ValueError("metadata names no column; give {} for each one to read")
    for name in formats:
        if (mask := make_mask_name(name)) in formats:
            raise ValueError(
                f"{mask!r} is a column and the mask of {name!r}; rename the column, or give "
                "another make_mask_name"
            )


def check_length_column(
    name: str | None, is_needed: bool, formats: Mapping[str, ColumnFormat]
) -> None:
    """Raises ValueError for a length column that is missing, or holds no lists."""
    if name is None and is_needed:
        raise ValueError("group_by_length needs a length_column; name a list column")
    if name is not None and (name not in formats or not formats[name].shape):
        lists = [column for column, entry in formats.items() if entry.shape]
        raise ValueError(f"length_column is {name!r}; it must be one of {lists}")


def check_tie_column(
    name: str | None, generator: torch.Generator | None, schema: pa.Schema
) -> None:
    """Raises ValueError for a column of times without lists, or rows in a fixed order."""
    if name is None:
        return
    if generator is None:
        raise ValueError(f"tie_column {name!r} needs a generator, whose seed draws the orders")
    if not pa.types.is_large_list(schema.field(name).type):
        raise ValueError(f"tie_column is {name!r}; it must hold a list of times in each row")


def check_settings(
    state: Mapping[str, Any], settings: Mapping[str, Any], rows: Sequence[int]
) -> None:
    """Raises ValueError where a state is that of an epoch whose batches were other ones.

    `rows` are those of each row group. States of earlier editions do not tell their steps.
    """
    is_old = "steps" not in state
    for key, setting in settings.items():
        if state.get(key) != setting and not (is_old and key == "steps"):
            raise ValueError(
                f"the stream stopped in the middle of an epoch with {key}={state.get(key)}, here "
                f"it is {setting}; go on with the same, or from the end of an epoch"
            )
    processes, size = settings["num_replicas"], settings["batch_size"]
    if is_old and shares_of(rows, processes, size) != of_whole_groups(rows, processes):
        raise ValueError(
            f"the stream stopped in the middle of an epoch of {processes} processes of an earlier "
            "edition, which read whole row groups each; here some are cut, so its batches are "
            "other ones: finish the epoch with that edition and go on from its end, or train anew "
            "in another --out"
        )
