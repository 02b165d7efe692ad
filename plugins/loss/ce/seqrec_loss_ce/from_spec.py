"""What builds the losses of a spec: class weights, which JSON cannot hold, come from a file."""

from pathlib import Path

from seqrec_library_kernels.cross_entropy import Backend, Reduction
from seqrec_library_kernels.draw_frequency import LogQ
from seqrec_library_kernels.tensor_files import read_column

from seqrec_loss_ce.ce import CE, CESampled

__all__ = ["ce", "ce_sampled"]


def ce(
    weight: str | None,
    ignore_index: int,
    reduction: Reduction,
    label_smoothing: float,
    backend: Backend,
    data_dir: Path | None,
) -> CE:
    """`CE` with the weights of items from `weight`, "file:column" in the data folder.

    Raises ValueError where there is no such file or column.
    """
    return CE(read_column(data_dir, weight), ignore_index, reduction, label_smoothing, backend)


def ce_sampled(
    negative_labels_ignore_index: int,
    weight: str | None,
    ignore_index: int,
    reduction: Reduction,
    label_smoothing: float,
    logq: LogQ,
    data_dir: Path | None,
) -> CESampled:
    """`CESampled` with class weights from `weight`, "file:column" in the data folder.

    Raises ValueError where there is no such file or column.
    """
    return CESampled(
        negative_labels_ignore_index,
        read_column(data_dir, weight),
        ignore_index,
        reduction,
        label_smoothing,
        logq,
    )
