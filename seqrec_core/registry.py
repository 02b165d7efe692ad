"""Finds components among the installed distributions, by kind and name.

Listing reads package metadata only; a plugin is imported when its spec class is asked for.
"""

import difflib
import importlib
import importlib.metadata
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Any

import attrs
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from seqrec_core import known
from seqrec_core.errors import (
    AmbiguousNameError,
    BrokenPluginError,
    ForbiddenPluginError,
    IncompatiblePluginError,
    NotInstalledError,
    RegistryError,
    UnknownComponentError,
)
from seqrec_core.fields import fields_of
from seqrec_core.spec import KINDS, Spec

__all__ = ["CORE", "LOCAL", "Component", "Registry", "registry"]

CORE = "seqrec-core"
LOCAL = "local"  # the distribution name of components registered in this process
_GROUP = "seqrec."


@attrs.frozen
class Component:
    """One entry of the registry; equal entries name the same code."""

    kind: str
    name: str
    distribution: str
    version: str
    value: str
    core_range: str = ""
    local_spec: type[Spec] | None = attrs.field(default=None, repr=False)

    @property
    def canonical(self) -> str:
        """The spelling that is never ambiguous: `distribution:name`."""
        return f"{self.distribution}:{self.name}"

    @property
    def is_compatible(self) -> bool:
        """Whether the distribution was made for this version of the core."""
        requirement = Requirement(f"{CORE}{self.core_range}")
        return requirement.specifier.contains(core_version(), prereleases=True)

    @property
    def spec(self) -> type[Spec]:
        """The spec class; imports the plugin's spec module.

        Raises IncompatiblePluginError, or BrokenPluginError with the root cause.
        """
        return self.local_spec or _load_spec(self)

    @property
    def docs(self) -> str:
        """First line of the spec's docstring."""
        return (self.spec.__doc__ or "").strip().split("\n")[0]


@cache
def core_version() -> str:
    """The installed version of the core."""
    return importlib.metadata.version(CORE)


@cache
def _load_spec(component: Component) -> type[Spec]:
    if not component.is_compatible:
        raise IncompatiblePluginError(
            f"{component.kind} {component.name!r} comes from {component.distribution} "
            f"{component.version}, which asks for {CORE}{component.core_range}; installed is "
            f"{CORE} {core_version()}. Install a version of {component.distribution} made for it"
        )
    module, _, attribute = component.value.partition(":")
    try:
        loaded: Any = getattr(importlib.import_module(module), attribute)
    except Exception as cause:
        raise BrokenPluginError(
            f"{component.kind} {component.name!r} of {component.distribution} "
            f"{component.version} does not load: {type(cause).__name__}: {cause}. "
            f"Reinstall or remove {component.distribution}"
        ) from cause
    if fault := _spec_fault(component.kind, loaded):
        raise BrokenPluginError(
            f"{component.kind} {component.name!r} of {component.distribution} "
            f"{component.version}: {component.value} {fault}"
        )
    spec: type[Spec] = loaded
    return spec


def _spec_fault(kind: str, loaded: Any) -> str | None:
    base = KINDS[kind]
    if not (isinstance(loaded, type) and issubclass(loaded, base)):
        return f"is not a subclass of {base.__name__}; the entry point names the wrong object"
    if "__attrs_attrs__" not in loaded.__dict__:
        return "has no fields of its own; decorate it with @spec"
    if not loaded.target:
        return 'has no target; set target = "module:attribute"'
    try:
        fields_of(loaded)
    except Exception as cause:
        return f"has fields whose types do not resolve: {cause}"
    return None


class Registry:
    """Components by kind and name: `registry["loss", "ce"]`."""

    def __init__(self, components: Iterable[Component] | None = None):
        self._given = None if components is None else tuple(components)
        self._local: list[Component] = []
        self._allowed: tuple[str, ...] = ()

    @cached_property
    def _installed(self) -> tuple[Component, ...]:
        return tuple(_scan()) if self._given is None else self._given

    def allow_only(self, distributions: Iterable[str]) -> None:
        """Restricts which distributions may be used; none given lifts the restriction.

        Raises RegistryError for a name that no installed distribution has.
        """
        allowed = tuple(canonicalize_name(name) for name in distributions)
        have = {canonicalize_name(c.distribution) for c in self._installed} if allowed else set()
        if unmatched := [name for name in allowed if name not in have]:
            raise RegistryError(
                f"the allow list names {', '.join(unmatched)}, which no installed plugin is; "
                f"installed are {', '.join(sorted(have))}"
            )
        self._allowed = allowed

    def __iter__(self) -> Iterator[Component]:
        """Every component, ordered by kind, name and distribution."""
        order = list(KINDS)
        everything = (*self._installed, *self._local)
        return iter(sorted(everything, key=lambda c: (order.index(c.kind), c.name, c.distribution)))

    def kinds(self) -> list[str]:
        """Every kind of component there can be."""
        return list(KINDS)

    def names(self, kind: str) -> list[str]:
        """Names that can be looked up for a kind."""
        return sorted({component.name for component in self._of(kind)})

    def _of(self, kind: str) -> list[Component]:
        if kind not in KINDS:
            raise UnknownComponentError(
                f"unknown kind {kind!r}{_suggest(kind, KINDS)}; kinds are {', '.join(KINDS)}"
            )
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
        distribution, _, name = full_name.rpartition(":")
        same_name = [component for component in self._of(kind) if component.name == name]
        found = [c for c in same_name if not distribution or c.distribution == distribution]
        if len(found) > 1:
            raise AmbiguousNameError(
                f"{kind} {name!r} is declared by {_and(c.distribution for c in found)}; "
                f"write {' or '.join(repr(c.canonical) for c in found)}"
            )
        if not found:
            raise self._missing(kind, full_name, distribution, name)
        self._check_allowed(found[0])
        return found[0]

    def _missing(self, kind: str, full_name: str, distribution: str, name: str) -> RegistryError:
        owner = known.DISTRIBUTIONS.get((kind, name))
        if owner and distribution in ("", owner):
            return NotInstalledError(
                f"{kind} {full_name!r} is not installed; it comes with {owner}: pip install {owner}"
            )
        if distribution and not any(c.distribution == distribution for c in self):
            return NotInstalledError(
                f"{kind} {full_name!r} is not installed: pip install {distribution}"
            )
        names = self.names(kind)
        return UnknownComponentError(
            f"unknown {kind} {full_name!r}{_suggest(name, names)}; "
            f"installed are {', '.join(names) or 'none'}"
        )

    def is_allowed(self, distribution: str) -> bool:
        """Whether the allow list, if there is one, has this distribution."""
        free = not self._allowed or distribution == LOCAL
        return free or canonicalize_name(distribution) in self._allowed

    def _check_allowed(self, component: Component) -> None:
        if not self.is_allowed(component.distribution):
            raise ForbiddenPluginError(
                f"{component.kind} {component.name!r} comes from {component.distribution}, "
                f"which the allow list leaves out; allowed are {', '.join(self._allowed)}"
            )

    def state(self, component: Component) -> str:
        """One word on whether a component can be used, from metadata alone."""
        if not component.is_compatible:
            return f"incompatible: asks for {CORE}{component.core_range}, not {core_version()}"
        if not self.is_allowed(component.distribution):
            return "not allowed"
        rivals = [c for c in self._of(component.kind) if c.name == component.name]
        return "ok" if len(rivals) == 1 else f"ambiguous: write {component.canonical}"

    def of_spec(self, cls: type[Spec]) -> Component:
        """The component that a spec class belongs to; reads metadata only."""
        for component in self._local:
            if component.local_spec is cls:
                return component
        value = f"{cls.__module__}:{cls.__qualname__}"
        for component in self._installed:
            if component.value == value and component.kind == cls.kind:
                self._check_allowed(component)
                return component
        raise UnknownComponentError(
            f"{cls.__qualname__} of {cls.__module__} is no installed component; declare it under "
            f'[project.entry-points."{_GROUP}{cls.kind}"] and reinstall the distribution, or '
            f"call registry.register for this process"
        )

    def register(self, name: str, cls: type[Spec]) -> Component:
        """Adds a component for this process only: notebooks and tests.

        Specs that use it say `local:name` and cannot be loaded elsewhere.
        """
        if fault := _spec_fault(cls.kind, cls) if cls.kind in KINDS else "has no kind":
            raise BrokenPluginError(f"{cls.__name__} {fault}")
        component = Component(cls.kind, name, LOCAL, "0", "", local_spec=cls)
        self._local = [c for c in self._local if (c.kind, c.name) != (cls.kind, name)]
        self._local.append(component)
        return component

    def unregister(self, component: Component) -> None:
        """Takes back a component that `register` added."""
        self._local.remove(component)


def _scan() -> Iterator[Component]:
    """Components that installed distributions declare; the first on the path wins, as in import."""
    seen = set()
    for distribution in importlib.metadata.distributions():
        points = [p for p in distribution.entry_points if p.group.startswith(_GROUP)]
        if not points:
            continue
        metadata = distribution.metadata
        name = metadata["Name"]
        if canonicalize_name(name) in seen:
            continue
        seen.add(canonicalize_name(name))
        core_range = _core_range(metadata.get_all("Requires-Dist") or ())
        for point in points:
            kind = point.group.removeprefix(_GROUP)
            if kind in KINDS:
                yield Component(
                    kind, point.name, name, metadata["Version"], point.value, core_range
                )


def _core_range(requirements: Iterable[str]) -> str:
    for line in requirements:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if canonicalize_name(requirement.name) == CORE:
            return str(requirement.specifier)
    return ""


def _suggest(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _and(names: Iterable[str]) -> str:
    return " and by ".join(names)


registry = Registry()
