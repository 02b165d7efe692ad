"""Plain data laid over plain data: a spec over the one it extends, settings over a default."""

import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from seqrec_core.errors import RegistryError
from seqrec_core.registry.component import Component
from seqrec_core.registry.registry import Registry
from seqrec_core.spec.fields import Field, fields_of
from seqrec_core.spec.record import Record, Spec


def merge(
    base: Any, over: Any, type_: Any, registry: Registry, default: Mapping[str, Any] | None = None
) -> Any:
    """What `over` says, and where it says nothing `base`; both describe a value of type `type_`.

    Objects are merged key by key, all else is replaced; so is an object by one of another
    component, however their names are spelled. An object without `type` is of the component that
    stands there, in the end `default`. Names that name nothing are left for reading to report.
    """
    type_ = _without_null(type_)
    lower, upper = (_object(side, type_) for side in (base, over))
    if not (isinstance(lower, Mapping) and isinstance(upper, Mapping)):
        return over
    if default and "type" not in lower and "type" in upper:
        lower = merge(default, lower, type_, registry)
    name = lower.get("type", default and default["type"])
    if not _is_same(name, upper.get("type", name), type_, registry):
        return over
    fields = _fields(type_, name, registry)
    merged = dict(lower)
    for key, value in upper.items():
        inner, below = _item_type(type_), None
        if field := fields.get(key):
            inner, below = field.type, field.raw_default()
        merged[key] = merge(lower[key], value, inner, registry, below) if key in lower else value
    return merged


@attrs.frozen
class Place:
    """Where a value of plain data stands: its type, and what stands there by default."""

    type: Any
    default: Mapping[str, Any] | None = None
    defaults: Sequence[Mapping[str, Any]] = ()

    @property
    def is_list(self) -> bool:
        """Whether a list stands here."""
        return typing.get_origin(_without_null(self.type)) is tuple

    def below(self, node: Any, key: str, registry: Registry) -> "Place":
        """The place at a key of the node that stands here, a list's entries by number."""
        type_ = _without_null(self.type)
        node = _object(node, type_)
        if typing.get_origin(type_) is tuple:
            entry = dict(enumerate(self.defaults)).get(int(key)) if key.isdecimal() else None
            return Place(typing.get_args(type_)[0], entry)
        default = self.default or {}
        name = node.get("type", default.get("type")) if isinstance(node, Mapping) else None
        if field := _fields(type_, name, registry).get(key):
            return Place(field.type, field.raw_default(), field.raw_defaults())
        return Place(_item_type(type_))


def _without_null(type_: Any) -> Any:
    """The type of values that are not null; None where there are several."""
    if typing.get_origin(type_) not in (typing.Union, types.UnionType):
        return type_
    members = [member for member in typing.get_args(type_) if member is not types.NoneType]
    return members[0] if len(members) == 1 else None


def _is_class(type_: Any, base: type) -> bool:
    return isinstance(type_, type) and issubclass(type_, base)


def _object(side: Any, type_: Any) -> Any:
    """The object that a component's name stands for; anything else as it is."""
    return {"type": side} if isinstance(side, str) and _is_class(type_, Spec) else side


def _item_type(type_: Any) -> Any:
    return typing.get_args(type_)[1] if typing.get_origin(type_) is dict else None


def _is_same(name: Any, other: Any, type_: Any, registry: Registry) -> bool:
    """Whether two names are of one component; equal names are, also where nothing has them."""
    if name == other or (_is_class(type_, Record) and not _is_class(type_, Spec)):
        return True
    component = _component(type_, name, registry)
    return component is not None and component == _component(type_, other, registry)


def _component(type_: Any, name: Any, registry: Registry) -> Component | None:
    try:
        is_name = _is_class(type_, Spec) and isinstance(name, str)
        return registry[type_.kind, name] if is_name else None
    except RegistryError:
        return None


def _fields(type_: Any, name: Any, registry: Registry) -> dict[str, Field]:
    """The fields of an object, by name; none where what it describes is not known."""
    component = _component(type_, name, registry)
    try:
        cls = type_ if component is None else component.spec
    except RegistryError:
        return {}
    return {field.name: field for field in fields_of(cls)} if _is_class(cls, Record) else {}
