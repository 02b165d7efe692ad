"""What is done to vectors before anything is learned."""

from typing import Literal

import numpy as np

__all__ = ["normalised"]

_SMALLEST = 1e-6  # of the largest variance: directions with less are rounding errors


def normalised(
    vectors: np.ndarray, is_there: np.ndarray, how: Literal["standardise", "whiten", "none"]
) -> np.ndarray:
    """Vectors (V, n) of mean 0, a mean square norm of 1, and one variance in all directions.

    "standardise" takes the columns for directions; "whiten" those that are uncorrelated, by
    principal components. "none" leaves all as it is. Items without a vector, False in the mask
    (V,), count for nothing and are zero: the mean. Directions without variance become zero.
    """
    if how == "none" or not is_there.any():
        return vectors
    centred = vectors - vectors[is_there].mean(0, dtype=np.float64).astype(np.float32)
    centred[~is_there] = 0
    count = is_there.sum()
    if how == "standardise":
        variances = np.square(centred, dtype=np.float64).sum(0) / count
        directions = centred
    else:
        variances, basis = np.linalg.eigh((centred.T @ centred).astype(np.float64) / count)
        directions = centred @ basis.astype(np.float32)
    varies = variances > _SMALLEST * variances.max()
    scales = np.zeros_like(variances)
    scales[varies] = 1 / np.sqrt(variances[varies] * varies.sum())
    result: np.ndarray = directions * scales.astype(np.float32)
    return result
