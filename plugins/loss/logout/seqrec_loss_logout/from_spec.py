"""What builds the losses of a spec: class weights, which JSON cannot hold, come from a file."""

from pathlib import Path

from seqrec_library_kernels.cross_entropy import Reduction
from seqrec_library_kernels.targets import WeightNorm
from seqrec_library_kernels.tensor_files import read_column

from seqrec_loss_logout.logout import LogOutCE, LogOutCEWeighted

__all__ = ["log_out_ce", "log_out_ce_weighted"]


def log_out_ce(
    cardinality: int,
    negative_labels_ignore_index: int,
    weight: str | None,
    ignore_index: int,
    reduction: Reduction,
    label_smoothing: float,
    data_dir: Path | None,
) -> LogOutCE:
    """`LogOutCE` with class weights from `weight`, "file:column" in the data folder.

    Raises ValueError where there is no such file or column.
    """
    return LogOutCE(
        cardinality,
        negative_labels_ignore_index,
        read_column(data_dir, weight),
        ignore_index,
        reduction,
        label_smoothing,
    )


def log_out_ce_weighted(
    cardinality: int,
    feature_name: str,
    negative_labels_ignore_index: int,
    weight: str | None,
    ignore_index: int,
    label_smoothing: float,
    normalize: WeightNorm,
    data_dir: Path | None,
) -> LogOutCEWeighted:
    """`LogOutCEWeighted` with class weights from `weight`, "file:column" in the data folder.

    Raises ValueError where there is no such file or column.
    """
    return LogOutCEWeighted(
        cardinality,
        feature_name,
        negative_labels_ignore_index,
        read_column(data_dir, weight),
        ignore_index,
        label_smoothing,
        normalize,
    )
