"""What differs between two specs, in meaning: order, defaults and spelling do not count."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from seqrec_core.build import build
from seqrec_core.session import dump, resolve
from seqrec_core.spec import Recipe

__all__ = [
    "MISSING",
    "Difference",
    "differences",
    "differences_as_written",
    "parameter_count",
]


class _Missing:
    def __repr__(self) -> str:
        return "(none)"


MISSING = _Missing()


class Difference(NamedTuple):
    """A place where two specs say different things; MISSING where one says nothing."""

    path: str
    left: Any
    right: Any


def differences(left: Recipe, right: Recipe) -> list[Difference]:
    """Every place where two recipes differ once both are resolved."""
    return list(_walk(dump(resolve(left)), dump(resolve(right)), ""))


def differences_as_written(left: Any, right: Any) -> list[Difference]:
    """Every place where plain data differs; spelling and defaults count, nothing is looked up."""
    return list(_walk(left, right, ""))


def parameter_count(recipe: Recipe) -> int:
    """Parameters of a recipe's model, which is built without memory for them.

    Raises what build raises, also where torch is not installed.
    """
    return sum(parameter.numel() for parameter in build(recipe, device="meta").parameters())


def _walk(left: Any, right: Any, path: str) -> Iterator[Difference]:
    if isinstance(left, dict) and isinstance(right, dict):
        if left.get("type") != right.get("type"):
            yield Difference(f"{path}.type".lstrip("."), left.get("type"), right.get("type"))
            return
        for key in [*left, *(key for key in right if key not in left)]:
            where = f"{path}.{key}".lstrip(".")
            yield from _walk(left.get(key, MISSING), right.get(key, MISSING), where)
    elif isinstance(left, list) and isinstance(right, list):
        for index in range(max(len(left), len(right))):
            one, other = (side[index] if index < len(side) else MISSING for side in (left, right))
            yield from _walk(one, other, f"{path}[{index}]")
    elif left != right:
        yield Difference(path, left, right)
