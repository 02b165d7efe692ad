"""JSON text to plain data; a key that stands twice in one object is a fault."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seqrec_core.errors import Fault, SpecError


def object_of_file(path: Path) -> dict[str, Any]:
    """The object that a file holds.

    Raises SpecError for a file that cannot be read, is no JSON object or repeats a key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise SpecError([Fault(str(path), f"cannot be read: {cause}")]) from cause
    try:
        data = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as cause:
        raise SpecError([Fault(str(path), f"is not JSON: {cause}")]) from cause
    if not isinstance(data, dict):
        raise SpecError([Fault(str(path), "holds no JSON object; a spec is one")])
    if faults := list(_repeated(data, "")):
        raise SpecError(faults)
    return data


def value_of_text(text: str, path: str) -> Any:
    """The value of an assignment: JSON, or the text itself where it is none.

    `path` is the place in the spec, for faults. Raises SpecError.
    """
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError:
        return text
    except (ValueError, RecursionError) as cause:
        raise SpecError([Fault(path, f"cannot be set: {cause}")]) from cause
    if faults := list(_repeated(value, path)):
        raise SpecError(faults)
    return value


class _Object(dict[str, Any]):
    """A JSON object that remembers which keys stood twice."""

    repeated: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    json_object = _Object(pairs)
    keys = [key for key, _ in pairs]
    json_object.repeated = tuple(sorted({key for key in keys if keys.count(key) > 1}))
    return json_object


def _repeated(node: Any, path: str) -> Iterator[Fault]:
    if isinstance(node, _Object):
        for key in node.repeated:
            where = f"{path}.{key}" if path else key
            yield Fault(where, "stands twice in one object; keep one")
        for key, value in node.items():
            yield from _repeated(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _repeated(value, f"{path}[{index}]")
