"""What differs between two bundles besides their specs: what was measured, and the weights."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqrec_core.bundle import METRICS, WEIGHTS, Bundle
from seqrec_core.errors import BundleError
from seqrec_tool_specs.differences import MISSING, Difference

__all__ = ["metric_differences", "weight_differences"]

CHUNK = 1 << 24  # bytes that are compared at a time: an embedding may be larger than the memory


def metric_differences(left: Path, right: Path) -> list[Difference] | None:
    """The metrics of two bundles that differ; None where one of them has measured nothing.

    Raises BundleError for a damaged file.
    """
    if not all((folder / METRICS).is_file() for folder in (left, right)):
        return None
    return _unequal(Bundle(left).metrics, Bundle(right).metrics)


def weight_differences(left: Path, right: Path) -> list[Difference] | None:
    """The tensors of two bundles that differ, each in words; None where one has no weights.

    Bit for bit, and without torch. Raises BundleError for a damaged file.
    """
    one, other = left / WEIGHTS, right / WEIGHTS
    if not (one.is_file() and other.is_file()):
        return None
    before, after = _tensors(one), _tensors(other)
    rows = _unequal(
        {name: _kind(tensor) for name, tensor in before.items()},
        {name: _kind(tensor) for name, tensor in after.items()},
    )
    different = {row.path for row in rows}
    for name in before:
        if name not in different and not _same_bytes(one, before[name], other, after[name]):
            rows.append(Difference(name, _kind(before[name]), "other values"))
    return rows


def _unequal(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Difference]:
    """Names whose values differ."""
    names = [*left, *(name for name in right if name not in left)]
    rows = [Difference(name, left.get(name, MISSING), right.get(name, MISSING)) for name in names]
    return [row for row in rows if row.left != row.right]


def _tensors(path: Path) -> dict[str, dict[str, Any]]:
    """What the head of a safetensors file says of each tensor; `span` are its bytes."""
    try:
        with path.open("rb") as file:
            start = 8 + int.from_bytes(file.read(8), "little")
            size = path.stat().st_size
            head = json.loads(file.read(min(start, size) - 8))
        head.pop("__metadata__", None)
        if start + max((entry["data_offsets"][1] for entry in head.values()), default=0) > size:
            raise ValueError("it ends too early")
        return {
            name: {**entry, "span": [start + at for at in entry["data_offsets"]]}
            for name, entry in sorted(head.items())
        }
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise BundleError(f"{path} is damaged: {cause}; restore it") from cause


def _kind(tensor: Mapping[str, Any]) -> str:
    return f"{tensor['dtype']} {tensor['shape']}"


def _same_bytes(left: Path, one: Mapping[str, Any], right: Path, other: Mapping[str, Any]) -> bool:
    (start, end), (begin, _) = one["span"], other["span"]
    with left.open("rb") as file, right.open("rb") as second:
        file.seek(start)
        second.seek(begin)
        for at in range(start, end, CHUNK):
            size = min(CHUNK, end - at)
            if file.read(size) != second.read(size):
                return False
    return True
