"""Assignments from the command line, applied to plain data."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seqrec_core.errors import Fault, SpecError
from seqrec_core.reading import limits
from seqrec_core.reading.json_text import value_of_text
from seqrec_core.reading.merge import Place
from seqrec_core.reading.wording import show
from seqrec_core.registry.registry import Registry
from seqrec_core.spec.recipe import Recipe


def override(
    data: Mapping[str, Any], assignments: Iterable[str], registry: Registry
) -> dict[str, Any]:
    """A copy of plain data with assignments such as `model.encoder.num_blocks=3` applied.

    The value is JSON; text that is no JSON is taken as a string. List entries go by number:
    `trainer.callbacks.0.top_k=20`, those of a list that stands by default, too. It takes the place
    of what stood there, and all beside it stays. Raises SpecError for a path that leads nowhere.
    """
    changed = copy.deepcopy(dict(data))
    for assignment in _few(assignments):
        path, equals, text = assignment.partition("=")
        keys = path.split(".")
        if not equals or "" in keys:
            raise SpecError([Fault("--set", f"expected path=value, got {show(assignment)}")])
        if len(keys) > limits.MAX_DEPTH or max(map(len, keys)) > limits.MAX_KEY:
            raise SpecError([Fault("--set", f"the path {show(path)} is longer than any of a spec")])
        *parents, last = keys
        node, place = changed, Place(Recipe, None)
        for depth, key in enumerate(parents, 1):
            place = place.below(node, key, registry)
            if place.is_list and isinstance(node, dict) and node.get(key) is None:
                if not place.defaults:
                    whole = f"set the whole list: {'.'.join(parents[:depth])}=[…]"
                    raise SpecError([Fault(path, f"cannot be set: no list stands there; {whole}")])
                node[key] = copy.deepcopy([*place.defaults])
            node = _step(node, key, path)
        if isinstance(node, list):
            _step(node, last, path)
        elif not isinstance(node, dict):
            raise SpecError([Fault(path, f"cannot be set: {last!r} is below a plain value")])
        node[int(last) if isinstance(node, list) else last] = value_of_text(text, path)
    result: dict[str, Any] = changed
    return result


def _few(assignments: Iterable[str]) -> Iterator[str]:
    """The assignments; SpecError once they are too many, and for one that is too long."""
    for number, assignment in enumerate(assignments, 1):
        if number > limits.MAX_WORDS:
            message = f"is given more than {limits.MAX_WORDS:,} times; write them into a spec"
            raise SpecError([Fault("--set", message)])
        if len(assignment) > limits.MAX_WORD:
            message = f"{show(assignment)} has more than {limits.MAX_WORD:,} characters"
            raise SpecError([Fault("--set", f"{message}; write it into a spec")])
        yield assignment


def _step(node: Any, key: str, path: str) -> Any:
    """What stands at a key, to be changed: the name of a component becomes an object."""
    place: Any = key
    if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
        place = int(key)
    elif not isinstance(node, dict):
        most = (
            f"; the list's last entry is {len(node) - 1}" if isinstance(node, list) and node else ""
        )
        raise SpecError([Fault(path, f"cannot be set: there is nothing at {key!r}{most}")])
    else:
        node.setdefault(key, {})
    if isinstance(node[place], str):
        node[place] = {"type": node[place]}
    return node[place]
