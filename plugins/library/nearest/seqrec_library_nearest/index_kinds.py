"""The kinds of index there are, each by a class of faiss over inner products.

flat    every item, exactly: as slow as scoring all of them
int8    every item, in 8 bits a dimension (scaled by the range of each): a quarter of the memory
ivf     items in cells around k-means centroids, of which the nearest few are searched
        (Jégou, Douze and Schmid, TPAMI 2011)
hnsw    a graph of neighbours that is walked greedily (Malkov and Yashunin, arXiv:1603.09320)

Letters in shapes: V items, D dim.
"""

from collections.abc import Callable
from typing import Any

import attrs
import faiss
import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "IndexKind"]

Table = NDArray[np.float32]
_FAISS: Any = faiss  # whose stubs leave some of its classes out

_SEED = 1  # of k-means: the same table gives the same cells
_POINTS_PER_CELL = 40  # that k-means looks at
_NEIGHBOURS = 32
_LARGEST_WALK = 4096  # candidates that a walk of the graph keeps; beyond, all items are as quick


@attrs.frozen
class IndexKind:
    """How an index is built of item weights (V, D), and what may be set when it is searched.

    `efforts` tells what is worth trying of an index, in rising order; `parameters` what faiss
    takes to search it with an effort for k items.
    """

    build: Callable[[Table], Any]
    efforts: Callable[[Any], list[int]] = lambda _: [1]
    parameters: Callable[[Any, int, int], Any] = lambda index, effort, k: None


def _flat(weights: Table) -> Any:
    index = faiss.IndexFlatIP(weights.shape[1])
    index.add(weights)
    return index


def _int8(weights: Table) -> Any:
    bits = faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexScalarQuantizer(weights.shape[1], bits, faiss.METRIC_INNER_PRODUCT)
    index.train(weights)
    index.add(weights)
    return index


def _ivf(weights: Table) -> Any:
    items, dim = weights.shape
    cells = max(1, min(int(4 * items**0.5), items // 16))
    centroids = faiss.IndexFlatIP(dim)
    index = faiss.IndexIVFFlat(centroids, dim, cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed, index.cp.niter = _SEED, 6
    index.cp.min_points_per_centroid = 1  # fewer are no reason for a warning
    index.cp.max_points_per_centroid = _POINTS_PER_CELL
    index.train(weights)
    index.add(weights)
    return index


def _ivf_parameters(index: Any, effort: int, k: int) -> Any:
    """As many cells as the effort says, and more where they could not hold k items."""
    holding = 4 * k * index.nlist // max(index.ntotal, 1) + 1
    return _FAISS.SearchParametersIVF(nprobe=min(max(effort, holding), index.nlist))


def _hnsw(weights: Table) -> Any:
    index = faiss.IndexHNSWFlat(weights.shape[1], _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 80
    index.add(weights)
    return index


def _doubling(last: int) -> list[int]:
    """1, 2, 4, … and the last."""
    return [*(2**power for power in range((last - 1).bit_length())), last]


KINDS = {
    "ivf": IndexKind(_ivf, lambda index: _doubling(index.nlist), _ivf_parameters),
    "hnsw": IndexKind(
        _hnsw,
        lambda index: _doubling(_LARGEST_WALK)[4:],
        lambda index, effort, k: _FAISS.SearchParametersHNSW(efSearch=max(effort, k)),
    ),
    "flat": IndexKind(_flat),
    "int8": IndexKind(_int8),
}
