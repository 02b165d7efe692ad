"""One component: what its distribution's metadata says of it, and its spec class on demand."""

import importlib
import types
import typing
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache
from typing import Any

import attrs

from seqrec_core.errors import BrokenPluginError, IncompatiblePluginError
from seqrec_core.registry.installed import CORE, GROUP, Point, accepts_core, core_version
from seqrec_core.spec.fields import fields_of
from seqrec_core.spec.kinds import KINDS, Record, Spec

__all__ = ["LOCAL", "Component", "components_of", "spec_fault"]

LOCAL = "local"  # the distribution name of components registered in this process


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
        return accepts_core(self.core_range)

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
    except (Exception, SystemExit) as cause:
        raise BrokenPluginError(
            f"{component.kind} {component.name!r} of {component.distribution} "
            f"{component.version} does not load: {type(cause).__name__}: {cause}. "
            f"Reinstall or remove {component.distribution}"
        ) from cause
    if fault := spec_fault(component.kind, loaded):
        raise BrokenPluginError(
            f"{component.kind} {component.name!r} of {component.distribution} "
            f"{component.version}: {component.value} {fault}"
        )
    spec: type[Spec] = loaded
    return spec


def spec_fault(kind: str, loaded: Any) -> str | None:
    """What keeps an object from being a spec class of a kind, in words."""
    base = KINDS[kind]
    if not (isinstance(loaded, type) and issubclass(loaded, base)):
        return f"is not a subclass of {base.__name__}; the entry point names the wrong object"
    if "__attrs_attrs__" not in loaded.__dict__:
        return "has no fields of its own; decorate it with @spec"
    if not loaded.target:
        return 'has no target; set target = "module:attribute"'
    if type(loaded.version) is not int:
        return f"has version {loaded.version!r}; count versions with whole numbers, from 1"
    try:
        fields = fields_of(loaded)
    except Exception as cause:
        return f"has fields whose types do not resolve: {cause}"
    strange = [field.name for field in fields if not _is_readable(field.type)]
    return f"has fields of a type that no spec can hold: {', '.join(strange)}" if strange else None


def _is_readable(type_: Any) -> bool:
    """Whether values of a type can be read from JSON, strictly."""
    origin, arguments = typing.get_origin(type_), typing.get_args(type_)
    if origin in (typing.Union, types.UnionType):
        return all(_is_readable(argument) for argument in arguments)
    if origin is tuple:
        return len({*arguments} - {...}) == 1 and _is_readable(arguments[0])
    if origin is dict:
        return arguments[0] is str and _is_readable(arguments[1])
    leaves = (int, float, str, types.NoneType, Enum, Record)
    return origin is typing.Literal or (isinstance(type_, type) and issubclass(type_, leaves))


def components_of(points: Iterable[Point]) -> Iterator[Component]:
    """The components that entry points declare; those of other groups are left out."""
    for point in points:
        kind = point.group.removeprefix(GROUP)
        if kind in KINDS:
            yield Component(
                kind, point.name, point.distribution, point.version, point.value, point.core_range
            )
