"""What builds the losses of a spec: class weights, which JSON cannot hold, come from a file."""

from pathlib import Path

from seqrec_library_kernels.cross_entropy import Backend
from seqrec_library_kernels.draw_frequency import LogQ
from seqrec_library_kernels.targets import WeightNorm
from seqrec_library_kernels.tensor_files import read_column

from seqrec_loss_ce_weighted.ce_weighted import CESampledWeighted, CEWeighted

__all__ = ["ce_sampled_weighted", "ce_weighted"]


def ce_weighted(
    feature_name: str,
    weight: str | None,
    ignore_index: int,
    label_smoothing: float,
    backend: Backend,
    normalize: WeightNorm,
    data_dir: Path | None,
) -> CEWeighted:
    """`CEWeighted` with the weights of items from `weight`, "file:column" in the data folder.

    Raises ValueError where there is no such file or column.
    """
    return CEWeighted(
        feature_name,
        read_column(data_dir, weight),
        ignore_index,
        label_smoothing,
        backend,
        normalize,
    )


def ce_sampled_weighted(
    feature_name: str,
    negative_labels_ignore_index: int,
    weight: str | None,
    ignore_index: int,
    label_smoothing: float,
    logq: LogQ,
    normalize: WeightNorm,
    data_dir: Path | None,
) -> CESampledWeighted:
    """`CESampledWeighted` with class weights from `weight`, "file:column" in the data folder.

    Raises ValueError where there is no such file or column.
    """
    return CESampledWeighted(
        feature_name,
        negative_labels_ignore_index,
        read_column(data_dir, weight),
        ignore_index,
        label_smoothing,
        logq,
        normalize,
    )
