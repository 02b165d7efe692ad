"""Transforms whose weights or classes stand in a file of the data folder."""

from pathlib import Path

from seqrec_library_kernels.item_weights import read_class_mask, read_weights
from torch import Generator

from seqrec_transform_negatives.multiclass import MultiClassNegativeSamplingTransform
from seqrec_transform_negatives.uniform import UniformNegativeSamplingTransform


def uniform_negatives(
    cardinality: int,
    num_negative_samples: int,
    out_feature_name: str,
    sample_distribution: str | None,
    generator: Generator | None,
    data_dir: Path | None,
) -> UniformNegativeSamplingTransform:
    """A transform whose distribution, if any, is a column with one weight per item."""
    return UniformNegativeSamplingTransform(
        cardinality,
        num_negative_samples,
        out_feature_name=out_feature_name,
        sample_distribution=read_weights(data_dir, sample_distribution),
        generator=generator,
    )


def multiclass_negatives(
    cardinality: int,
    num_negative_samples: int,
    sample_mask: str,
    negative_selector_name: str,
    out_feature_name: str,
    generator: Generator | None,
    data_dir: Path | None,
) -> MultiClassNegativeSamplingTransform:
    """A transform whose classes are a column with the class, or the list of classes, of each item.

    Raises ValueError for a column that has not `cardinality` rows, or other values than classes.
    """
    return MultiClassNegativeSamplingTransform(
        num_negative_samples,
        read_class_mask(data_dir, sample_mask, cardinality),
        negative_selector_name=negative_selector_name,
        out_feature_name=out_feature_name,
        generator=generator,
    )
