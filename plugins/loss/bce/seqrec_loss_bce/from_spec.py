"""What builds `BCE` of a spec: the weights of items, which JSON cannot hold, come from a file."""

from pathlib import Path

from seqrec_library_kernels.tensor_files import read_column

from seqrec_loss_bce.bce import BCE

__all__ = ["bce"]


def bce(weight: str | None, pos_weight: str | None, data_dir: Path | None) -> BCE:
    """`BCE` with `weight` and `pos_weight` from columns, "file:column" in the data folder.

    Raises ValueError where there is no such file or column.
    """
    return BCE(read_column(data_dir, weight), read_column(data_dir, pos_weight))
