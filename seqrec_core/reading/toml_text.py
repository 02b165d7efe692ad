"""TOML text to plain data such as JSON has; TOML is only read, never written."""

import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seqrec_core.errors import Fault, SpecError
from seqrec_core.reading import limits
from seqrec_core.reading.json_text import excess, text_of_file

_TEXT = re.compile(r""""[^"]*"|'[^']*'""")


def table_of_file(path: Path) -> dict[str, Any]:
    """The table that a file holds.

    Raises SpecError for a file that cannot be read, is no TOML, or has values that JSON lacks.
    """
    text = text_of_file(path, limits.MAX_TYPED_BYTES)
    try:
        if any(map(_is_deep, text.splitlines())):  # the parser would take its time over them
            raise RecursionError
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise SpecError([Fault(str(path), f"is not TOML: {cause}")]) from cause
    except (ValueError, RecursionError) as cause:
        raise SpecError([Fault(str(path), excess(cause))]) from None
    limits.check(data)
    if faults := list(_strangers(data, "")):
        raise SpecError(faults)
    return data


def _is_deep(line: str) -> bool:
    """Whether a line has a key of too many parts."""
    return line.count(".") > limits.MAX_DEPTH and any(
        part.count(".") > limits.MAX_DEPTH for part in _TEXT.sub("", line).split("=")
    )


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
