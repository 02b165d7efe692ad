"""TOML text to plain data such as JSON has; TOML is only read, never written."""

import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seqrec_core.errors import Fault, SpecError
from seqrec_core.reading.json_text import text_of_file


def table_of_file(path: Path) -> dict[str, Any]:
    """The table that a file holds.

    Raises SpecError for a file that cannot be read, is no TOML, or has values that JSON lacks.
    """
    text = text_of_file(path)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as cause:
        raise SpecError([Fault(str(path), f"is not TOML: {cause}")]) from cause
    if faults := list(_strangers(data, "")):
        raise SpecError(faults)
    return data


def _strangers(node: Any, path: str) -> Iterator[Fault]:
    """Faults of values that no spec has: dates, times, and numbers that are none."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _strangers(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _strangers(value, f"{path}[{index}]")
    elif isinstance(node, float) and not math.isfinite(node):
        yield Fault(path, f"{node} is no number of a spec; write another, or leave it out")
    elif not isinstance(node, str | int | float):
        yield Fault(path, f"a spec has no dates or times; write {str(node)!r} in quotes")
