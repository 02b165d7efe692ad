"""What builds the losses of a spec: class weights, which JSON cannot hold, come from a file."""

from pathlib import Path

from seqrec_library_kernels.draw_frequency import LogQ
from seqrec_library_kernels.tensor_files import read_column

from seqrec_loss_grouped.grouped import GroupedCESampled

__all__ = ["grouped_ce_sampled"]


def grouped_ce_sampled(
    logical_batch_size: int,
    negative_labels_ignore_index: int,
    weight: str | None,
    ignore_index: int,
    label_smoothing: float,
    logq: LogQ,
    data_dir: Path | None,
) -> GroupedCESampled:
    """`GroupedCESampled` with class weights from `weight`, "file:column" in the data folder.

    Raises ValueError where there is no such file or column.
    """
    return GroupedCESampled(
        logical_batch_size,
        None,
        negative_labels_ignore_index,
        read_column(data_dir, weight),
        ignore_index,
        label_smoothing,
        logq,
    )
