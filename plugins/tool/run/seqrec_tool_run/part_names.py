"""Names of what a result in parts consists of; whatever else lies there is somebody else's."""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from seqrec_core.errors import SeqrecError
from seqrec_core.places import shown

__all__ = ["MARKER", "check_names", "is_part", "part_name"]

MARKER = "_SUCCESS"
PART = re.compile(r"part-\d{6,}-[0-9a-f]{32}\.parquet")


def part_name(piece: int) -> str:
    """The name of an attempt at a piece, which no other has."""
    return f"part-{piece:06d}-{uuid.uuid4().hex}.parquet"


def is_part(name: str) -> bool:
    """Whether a file of this name is a part."""
    return bool(PART.fullmatch(name))


def check_names(place: Any, names: Iterable[str]) -> None:
    """Raises SeqrecError for a name that is neither that of a part nor that of the marker."""
    others = sorted(name for name in names if name != MARKER and not is_part(name))
    if others:
        raise SeqrecError(
            f"{shown(str(place))} holds {others[0]!r}, which is no part of an earlier result; name "
            "another folder, or empty this one"
        )
