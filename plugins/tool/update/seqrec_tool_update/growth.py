"""A catalogue that grew: which rows of a table of items are those of the smaller one."""

from pathlib import Path

import attrs
import pyarrow as pa
import torch

from seqrec_core.errors import DataError
from seqrec_core.spec import SchemaSpec

__all__ = ["Growth", "Rows"]

Rows = tuple[torch.Tensor, torch.Tensor]


@attrs.frozen
class Growth:
    """Numbers of items, and the id of padding, before and after."""

    items: tuple[int, int]
    padding: tuple[int, int]

    @classmethod
    def of(cls, before: SchemaSpec, after: SchemaSpec) -> "Growth":
        """That of the item ids of two schemas."""
        offers = before.offers(), after.offers()
        sizes = ("cardinality", "padding_value")
        items, padding = ((int(offers[0][name]), int(offers[1][name])) for name in sizes)
        return cls(items, padding)

    @property
    def new_items(self) -> int:
        """How many items are new."""
        return self.items[1] - self.items[0]

    def rows(self, before: int, after: int) -> Rows | None:
        """Places in a dimension of one size, and where they are in one of another size.

        None where the sizes are not those of a table of items, with or without padding.
        """
        places = torch.arange(before)
        if before == after:
            return places, places
        if (before, after) == self.items:
            return places, places
        if (before, after) != (self.items[0] + 1, self.items[1] + 1):
            return None
        moved = places.clone()
        if self.padding == self.items:  # padding stands last
            moved[-1] = after - 1
        return places, moved


def check_items(run: Path, data: Path, before: pa.Table | None, after: pa.Table | None) -> None:
    """Raises DataError unless the items of the data begin with those of the run."""
    remedy = f"prepare it with `seqrec data prepare FILE --ids-from {run} --new-items append`"
    if before is None:
        raise DataError(f"{run} has no items.parquet, which names its items; train anew")
    if after is None:
        raise DataError(f"{data} has no items.parquet, which names its items; {remedy}")
    if len(after) < len(before):
        raise DataError(
            f"{data} has {len(after):,} items, fewer than the {len(before):,} of {run}; {remedy}"
        )
    old = before["item"].cast(pa.string()).to_pylist()
    new = after["item"].cast(pa.string()).slice(0, len(old)).to_pylist()
    for number, (known, here) in enumerate(zip(old, new, strict=True)):
        if known != here:
            raise DataError(
                f"{data} numbers the items otherwise than {run}: item {number} is {here!r}, there "
                f"{known!r}; {remedy}"
            )
