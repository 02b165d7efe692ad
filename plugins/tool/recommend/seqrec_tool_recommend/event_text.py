"""Events and users as they are typed: an item, or a JSON object."""

import json
from typing import Any

from seqrec_core.errors import DataError

__all__ = ["read_event", "read_object"]


def read_event(text: str) -> Any:
    """The item that text is, or, where it begins with a brace and is one, the event.

    Raises DataError for an object that is no JSON.
    """
    return read_object(text, "the history") if text.lstrip().startswith("{") else text


def read_object(text: str, what: str) -> dict[str, Any]:
    """The JSON object that text is; DataError, which calls it `what`, for anything else."""
    try:
        value = json.loads(text)
    except ValueError as cause:
        raise DataError(f'{what}: {text!r} is no JSON: {cause}; write {{"name": value}}') from None
    if not isinstance(value, dict):
        raise DataError(f'{what}: {text!r} is no object; write {{"name": value}}')
    return value
