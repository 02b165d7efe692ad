"""Finds components among the installed distributions, by kind and name.

Listing reads package metadata only; a plugin is imported when its spec class is asked for.
"""

import difflib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, TypeVar

from packaging.utils import canonicalize_name

from seqrec_core.errors import (
    AmbiguousNameError,
    BrokenPluginError,
    ForbiddenPluginError,
    NotInstalledError,
    RegistryError,
    UnknownComponentError,
    words_of,
)
from seqrec_core.notebook import table_html
from seqrec_core.registry.component import LOCAL, Component, components_of, spec_fault
from seqrec_core.registry.installed import (
    COMMANDS,
    CORE,
    GROUP,
    HOOKS,
    KINDS_GROUP,
    PRESETS,
    RENAMES,
    Point,
    clash,
    core_points,
    core_version,
    installed_points,
)
from seqrec_core.registry.kind import Kind, kinds_of, only
from seqrec_core.registry.known import UNKNOWN, Known, come_with, known_of
from seqrec_core.registry.sources import digest_of, packages_of
from seqrec_core.spec.record import Spec

P = TypeVar("P", bound=Point)


class Registry:
    """Components by kind and name: `registry["loss", "ce"]`.

    `points` stand in for the entry points of what is installed; the core's kinds are always there.
    """

    def __init__(self, points: Iterable[Point] | None = None):
        self._explicit = None if points is None else tuple(points)
        self._local: list[Component] = []
        self._allowed: tuple[str, ...] = ()
        self._digests: dict[str, str] = {}

    def __repr__(self) -> str:
        """How many components there are of each kind."""
        counts = Counter(component.kind for component in self)
        return f"<Registry: {', '.join(f'{n} {kind}' for kind, n in counts.items()) or 'empty'}>"

    def _repr_html_(self) -> str:
        """Every component as a table, for notebooks."""
        rows = ((c.kind, c.name, c.distribution, c.version) for c in self)
        return table_html(("kind", "name", "distribution", "version"), rows)

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """Every entry point of ours, whatever its group; read once, from metadata."""
        if self._explicit is None:
            return tuple(dict.fromkeys(installed_points()))
        return tuple(dict.fromkeys((*core_points(), *self._explicit)))

    @cached_property
    def known(self) -> Known:
        """What is known, installed or not; read when something is missing."""
        return known_of(self.points)

    @cached_property
    def _kinds(self) -> dict[str, tuple[Kind, ...]]:
        return kinds_of(self.points)

    @cached_property
    def _installed(self) -> tuple[Component, ...]:
        return tuple(components_of(self.points, self._kinds))

    def allow_only(self, distributions: Iterable[str]) -> None:
        """Restricts which distributions may be used; none given lifts the restriction.

        Raises RegistryError for a name that none with components, kinds, listeners, commands or
        presets has.
        """
        allowed = tuple(canonicalize_name(name) for name in distributions)
        groups = {KINDS_GROUP, HOOKS, COMMANDS, PRESETS, *(GROUP + kind for kind in self._kinds)}
        have = {canonicalize_name(p.distribution) for p in self.points if p.group in groups}
        if unmatched := [name for name in allowed if name not in have]:
            raise RegistryError(
                f"the allow list names {', '.join(unmatched)}, which no installed plugin is; "
                f"installed are {', '.join(sorted(have))}"
            )
        self._allowed = allowed

    def __iter__(self) -> Iterator[Component]:
        """Every component, ordered by kind, name and distribution."""
        return iter(self._ordered)

    @cached_property
    def _ordered(self) -> tuple[Component, ...]:
        order = self.kinds()
        components = (*self._installed, *self._local)
        by_name = sorted(components, key=lambda c: (order.index(c.kind), c.name, c.distribution))
        return tuple(by_name)

    def _forget_order(self) -> None:
        self.__dict__.pop("_ordered", None)

    def kinds(self) -> list[str]:
        """Every kind that is declared: the core's in their order, then the others sorted."""
        return list(self._kinds)

    def kind(self, name: str) -> Kind:
        """The kind of a name; its `base` is imported when it is asked for.

        Raises UnknownComponentError, ForbiddenPluginError, or AmbiguousNameError where several
        distributions declare it.
        """
        return self._checked(only(name, self._declared(name)), f"the kind {name!r}")

    def _declared(self, name: str) -> tuple[Kind, ...]:
        if name not in self._kinds:
            raise UnknownComponentError(
                f"unknown kind {name!r}{_suggest(name, self._kinds)}; kinds are "
                f"{', '.join(self._kinds)}; a distribution declares another by its base class, "
                f'under [project.entry-points."{KINDS_GROUP}"]'
            )
        return self._kinds[name]

    def names(self, kind: str) -> list[str]:
        """Names that can be looked up for a kind."""
        return sorted({component.name for component in self._of(kind)})

    def _of(self, kind: str) -> list[Component]:
        self._declared(kind)  # an unknown kind is an error
        return [component for component in self if component.kind == kind]

    def __contains__(self, key: tuple[str, str]) -> bool:
        try:
            self[key]
        except RegistryError:
            return False
        return True

    def __getitem__(self, key: tuple[str, str]) -> Component:
        """The component of a kind with a name, `name` or `distribution:name`.

        Raises one of the RegistryErrors, each with its remedy.
        """
        kind, full_name = key
        self.kind(kind)  # one that cannot be used is an error
        distribution, name = full_name.split(":", 1) if ":" in full_name else ("", full_name)
        same_name = [component for component in self._of(kind) if component.name == name]
        matches = [c for c in same_name if not distribution or c.distribution == distribution]
        matches = matches or self._renamed(kind, full_name)
        if len(matches) > 1:
            names = dict.fromkeys(repr(component.canonical) for component in matches)
            said = clash(matches, f"write {' or '.join(names)}")
            raise AmbiguousNameError(f"{kind} {name!r} {said}")
        if not matches:
            raise self._missing(kind, full_name, distribution, name)
        return self._checked(matches[0], f"{kind} {name!r}")

    def _renamed(self, kind: str, canonical: str) -> list[Component]:
        """The components that once had this canonical name, as their distributions declare it."""
        old = f"{kind}.{canonical.replace(':', '.')}"
        values = {p.value for p in self.points if p.group == RENAMES and p.name == old}
        return [component for component in self._of(kind) if component.value in values]

    def _missing(self, kind: str, full_name: str, distribution: str, name: str) -> RegistryError:
        if distribution == LOCAL:
            return UnknownComponentError(
                f"{kind} {full_name!r} is registered in no process but that which made it; call "
                f"registry.register({name!r}, …) first, or make a plugin of it"
            )
        for component in self._of(kind):
            if canonicalize_name(component.canonical) == canonicalize_name(full_name):
                return UnknownComponentError(
                    f"unknown {kind} {full_name!r}; it is spelled {component.canonical!r}"
                )
        known = self.known.get((kind, name), [])
        if owners := [owner for owner in known if distribution in ("", owner)]:
            return NotInstalledError(f"{kind} {full_name!r} is not installed; {come_with(owners)}")
        if distribution and not any(c.distribution == distribution for c in self):
            is_known = any(distribution in owners for owners in self.known.values())
            remedy = come_with([distribution]) if is_known else UNKNOWN.format(distribution)
            return NotInstalledError(f"{kind} {full_name!r} is not installed; {remedy}")
        names = self.names(kind)
        return UnknownComponentError(
            f"unknown {kind} {full_name!r}{_suggest(name, names)}; "
            f"installed are {', '.join(names) or 'none'}"
        )

    def is_allowed(self, distribution: str) -> bool:
        """Whether the allow list, if there is one, has this distribution; the core needs none."""
        free = not self._allowed or distribution in (LOCAL, CORE)
        return free or canonicalize_name(distribution) in self._allowed

    def _checked(self, point: P, subject: str) -> P:
        """The point itself, if the allow list has its distribution."""
        if not self.is_allowed(point.distribution):
            raise ForbiddenPluginError(
                f"{subject} comes from {point.distribution}, which the allow list leaves out; "
                f"allowed are {', '.join(self._allowed)}"
            )
        return point

    def state(self, component: Component, *, load: bool = False) -> str:
        """A word on whether a component can be used; `load` imports its spec to find out."""
        if not component.is_compatible:
            return f"incompatible: asks for {CORE}{component.core_range}, not {core_version()}"
        if not self.is_allowed(component.distribution):
            return "not allowed"
        try:
            kind = self.kind(component.kind)
            if load or not kind.is_compatible:
                _ = kind.base
        except RegistryError as error:
            return f"unusable: {error}"
        try:
            _ = component.spec if load else None
        except RegistryError as error:
            return f"broken: {words_of(error.__cause__) if error.__cause__ else error}"
        rivals = [c for c in self._of(component.kind) if c.name == component.name]
        own = [c for c in rivals if c.distribution == component.distribution]
        if len(own) > 1:
            return f"ambiguous: {clash(own)}"
        return "ok" if len(rivals) == 1 else f"ambiguous: write {component.canonical}"

    def of_spec(self, cls: type[Spec]) -> Component:
        """The component that a spec class belongs to; reads metadata only."""
        for component in self._local:
            if component.local_spec is cls:
                return component
        value = f"{cls.__module__}:{cls.__qualname__}"
        for component in self._installed:
            named = component.value == value or _imported(component) is cls
            if named and component.kind == cls.kind:
                return self._checked(component, f"{component.kind} {component.name!r}")
        raise UnknownComponentError(
            f"{cls.__qualname__} of {cls.__module__} is no installed component; declare it under "
            f'[project.entry-points."{GROUP}{cls.kind}"] and reinstall the distribution, or '
            f"call registry.register for this process"
        )

    def register(self, name: str, cls: type[Spec]) -> Component:
        """Adds a component for this process only: notebooks and tests.

        Specs that use it say `local:name` and cannot be loaded elsewhere. Raises BrokenPluginError
        for what is no spec class, UnknownComponentError for one of a kind that nobody declares.
        """
        if fault := spec_fault(self.kind(cls.kind).base, cls) if cls.kind else "has no kind":
            raise BrokenPluginError(f"{cls.__name__} {fault}")
        component = Component(GROUP + cls.kind, name, "", LOCAL, "0", local_spec=cls)
        self._local = [c for c in self._local if (c.kind, c.name) != (cls.kind, name)]
        self._local.append(component)
        self._forget_order()
        return component

    def digest(self, distribution: str) -> str:
        """A digest of a distribution's own code, the same however it was installed; taken once."""
        if distribution not in self._digests:
            values = {
                p.module.partition(".")[0] for p in self.points if p.distribution == distribution
            }
            self._digests[distribution] = digest_of(values or packages_of(distribution))
        return self._digests[distribution]

    def unregister(self, component: Component) -> None:
        """Takes back a component that `register` added."""
        self._local.remove(component)
        self._forget_order()


def _imported(component: Component) -> Any:
    """What a component's entry point names, if its module has been imported."""
    module, _, attribute = component.value.partition(":")
    return getattr(sys.modules.get(module), attribute, None)


def _suggest(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
