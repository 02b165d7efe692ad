"""How many events items have, as a column says."""

import torch
from torch import Tensor

__all__ = ["checked_counts"]


def checked_counts(
    counts: Tensor | None, cardinality: int, place: str, smoothing: float = 0.0
) -> Tensor:
    """The counts (V,) of the column at `place`, in double precision.

    Raises ValueError, which names the place, for another number of rows than items, for what is
    negative or not finite, and where no item would ever be drawn.
    """
    if counts is None or len(counts) != cardinality:
        rows = 0 if counts is None else len(counts)
        raise ValueError(
            f"{place!r} has {rows} rows, and there are {cardinality} items; give one row for each "
            "item"
        )
    counts = counts.double()
    if len(wrong := (~(counts.isfinite() & (counts >= 0))).nonzero()):
        row = int(wrong[0])
        raise ValueError(
            f"{place!r} is {counts[row].item():g} in row {row}; counts are at least 0 and finite"
        )
    if not bool(torch.any(counts + smoothing > 0)):
        raise ValueError(
            f"{place!r} counts no event of any item, so none is ever drawn; name another column, "
            "or set smoothing above 0"
        )
    return counts
