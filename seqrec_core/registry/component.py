"""One component: what its distribution's metadata says of it, and its spec class on demand."""

import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any

import attrs

from seqrec_core.errors import BrokenPluginError, RegistryError, words_of
from seqrec_core.notebook import escape, settings_html
from seqrec_core.registry.installed import GROUP, Point
from seqrec_core.registry.kind import Kind, only
from seqrec_core.spec.fields import fields_of
from seqrec_core.spec.record import Record, Spec

LOCAL = "local"  # the distribution name of components registered in this process


@attrs.frozen
class Component(Point):
    """One entry of the registry; equal entries name the same code.

    `declared` says who declares its kind: one distribution, unless several clash.
    """

    declared: tuple[Kind, ...] = attrs.field(default=(), repr=False)
    local_spec: type[Spec] | None = attrs.field(default=None, repr=False)

    @property
    def kind(self) -> str:
        """The kind whose group of entry points it stands in."""
        return self.group.removeprefix(GROUP)

    @property
    def canonical(self) -> str:
        """The spelling that is never ambiguous: `distribution:name`."""
        return f"{self.distribution}:{self.name}"

    @property
    def spec(self) -> type[Spec]:
        """The spec class; imports the plugin's spec module, and its kind's.

        Raises IncompatiblePluginError, BrokenPluginError with the root cause, or
        AmbiguousNameError where several distributions declare its kind.
        """
        return self.local_spec or _load_spec(self)

    @property
    def docs(self) -> str:
        """First line of the spec's docstring."""
        return (self.spec.__doc__ or "").strip().split("\n")[0]

    def __repr__(self) -> str:
        """Kind, name and origin."""
        return f"<{self.kind} {self.name!r} of {self.distribution} {self.version}>"

    def _repr_html_(self) -> str:
        """The settings as a table, for notebooks; imports the plugin."""
        try:
            said = f"<p>{escape(self.docs)}</p>{settings_html(self.spec)}"
        except RegistryError as error:
            said = f"<p>{escape(str(error))}</p>"
        return f"<p><b>{escape(repr(self)[1:-1])}</b></p>{said}"


@cache
def _load_spec(component: Component) -> type[Spec]:
    subject = f"{component.kind} {component.name!r}"
    base = only(component.kind, component.declared).base
    spec: type[Spec] = component.load_as(subject)
    if fault := spec_fault(base, spec):
        origin = f"{subject} of {component.distribution} {component.version}"
        raise BrokenPluginError(f"{origin}: {component.value} {fault}")
    return spec


def spec_fault(base: type[Spec], loaded: Any) -> str | None:
    """What keeps an object from being a spec class of the kind with this base, in words."""
    if not (isinstance(loaded, type) and issubclass(loaded, base)):
        expected = f"{base.__qualname__} of {base.__module__}"
        return f"is not a subclass of {expected}; the entry point names the wrong object"
    if "__attrs_attrs__" not in loaded.__dict__:
        return "has no fields of its own; decorate it with @spec"
    if loaded.kind != base.kind:
        return f"has kind = {loaded.kind!r}, and its base {base.kind!r}; leave it out"
    if not loaded.target:
        return 'has no target; set target = "module:attribute"'
    if type(loaded.version) is not int:
        return f"has version {loaded.version!r}; count versions with whole numbers, from 1"
    try:
        fields = fields_of(loaded)
    except Exception as cause:
        return f"has fields whose types do not resolve: {words_of(cause)}"
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
    if isinstance(type_, type) and issubclass(type_, Spec):
        return bool(type_.kind)
    return origin is typing.Literal or (isinstance(type_, type) and issubclass(type_, leaves))


def components_of(
    points: Iterable[Point], kinds: Mapping[str, tuple[Kind, ...]]
) -> Iterator[Component]:
    """The components of these kinds that entry points declare; other groups are left out."""
    for point in points:
        if declared := kinds.get(point.group.removeprefix(GROUP)):
            yield Component(**attrs.asdict(point), declared=declared)
