"""One kind of components: which distribution declares it, and its base class on demand."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import attrs

from seqrec_core.errors import AmbiguousNameError, BrokenPluginError
from seqrec_core.registry.installed import GROUP, KINDS_GROUP, RESERVED, Point, clash
from seqrec_core.spec import kinds
from seqrec_core.spec.record import Spec


@attrs.frozen
class Kind(Point):
    """An entry point that declares a kind; its value is the class that all specs of it have."""

    @property
    def base(self) -> type[Spec]:
        """The base class of its specs; imports the module that has it.

        Raises IncompatiblePluginError, or BrokenPluginError with the root cause.
        """
        return _load_base(self)


@cache
def _load_base(kind: Kind) -> type[Spec]:
    base: type[Spec] = kind.load_as(f"the kind {kind.name!r}")
    if fault := kind_fault(kind.name, base):
        raise BrokenPluginError(
            f"the kind {kind.name!r} of {kind.distribution} {kind.version}: {kind.value} {fault}"
        )
    return base


def kind_fault(name: str, loaded: Any) -> str | None:
    """What keeps an object from being the base class of a kind, in words."""
    if not (isinstance(loaded, type) and issubclass(loaded, Spec)):
        return "is not a subclass of Spec; the entry point names the wrong object"
    if not name.isidentifier():
        return f"has a name, {name!r}, that is none in Python; use letters, digits and _"
    if "__attrs_attrs__" not in loaded.__dict__:
        return "is no spec class yet; decorate it with @spec"
    if loaded.kind != name:
        return f"has kind = {loaded.kind!r}; set kind = {name!r}, or declare it by that name"
    return None


_OURS = [
    base.kind for base in vars(kinds).values() if isinstance(base, type) and issubclass(base, Spec)
]


def kinds_of(points: Iterable[Point]) -> dict[str, tuple[Kind, ...]]:
    """Who declares each kind: the core's first, in its own order; reserved names are no kinds."""
    table = defaultdict(list)
    for point in points:
        if point.group == KINDS_GROUP and f"{GROUP}{point.name}" not in RESERVED:
            table[point.name].append(Kind(*attrs.astuple(point)))
    names = (*(name for name in _OURS if name in table), *sorted(table.keys() - {*_OURS}))
    return {name: tuple(table[name]) for name in names}


def only(name: str, rivals: Sequence[Kind]) -> Kind:
    """The one declaration of a kind. Raises AmbiguousNameError that names all who declare it."""
    if len(rivals) > 1:
        raise AmbiguousNameError(f"the kind {name!r} {clash(rivals)}")
    return rivals[0]
