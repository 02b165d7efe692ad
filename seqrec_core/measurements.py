"""What was measured of a bundle: finite numbers by name, in a file."""

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqrec_core.errors import BundleError, SpecError
from seqrec_core.reading.json_text import object_of_file

__all__ = ["METRICS", "finite", "read_metrics"]

METRICS = "metrics.json"


def read_metrics(folder: Path) -> dict[str, float]:
    """The numbers in the metrics of a folder, as they are; empty where there are none.

    Earlier editions kept those that are not finite, too: they cost a warning, and are left out.
    Raises BundleError for a file that cannot be read, or holds something else.
    """
    file = folder / METRICS
    try:
        numbers = object_of_file(file, strict=False) if file.exists() else {}
    except SpecError as cause:
        raise BundleError(f"{file} is damaged: {cause.faults[0].message}") from cause
    if strange := [name for name, value in numbers.items() if not _is_number(value)]:
        raise BundleError(f"{file} is damaged: {strange[0][:80]!r} is no number")
    if strange := sorted(numbers.keys() - finite(numbers).keys()):
        said = f"{file} holds NaN or infinity as {strange[0][:80]!r}, which is left out"
        warnings.warn(said, RuntimeWarning, stacklevel=3)
    return finite(numbers)


def finite(metrics: Mapping[str, float]) -> dict[str, float]:
    """Those that are finite: JSON has no others."""
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


def _is_number(value: Any) -> bool:
    try:
        math.isfinite(value)
    except (TypeError, OverflowError):
        return False
    return not isinstance(value, bool)
