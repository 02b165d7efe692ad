"""The fields of specs: helpers that declare them, and what is known of each."""

import operator
import typing
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import attrs

T = TypeVar("T")
INFO = "seqrec"


class Open:
    """Stands in a field until resolve replaces it."""


@attrs.frozen
class Inherited(Open):
    """Open until resolve puts the enclosing value called `name` there, or else `default`."""

    name: str | None = None
    default: Any = ...


@attrs.frozen
class ComponentDefault(Open):
    """Open until resolve puts the default component there."""

    type: str
    settings: tuple[tuple[str, Any], ...] = ()

    @property
    def raw(self) -> dict[str, Any]:
        """The component as plain data."""
        return {"type": self.type, **dict(self.settings)}


@attrs.frozen
class ComponentsDefault(Open):
    """Open until resolve puts the default list of components there."""

    parts: tuple[ComponentDefault, ...]

    @property
    def raw(self) -> list[dict[str, Any]]:
        """The components as plain data."""
        return [part.raw for part in self.parts]


@attrs.frozen
class FieldInfo:
    """What a field helper was told besides the default."""

    help: str
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    for_parts: bool = False
    tower: str = "query"
    when: Callable[[Any], bool] | None = None

    def broken_bound(self, value: float) -> str | None:
        """The bound that `value` breaks, in words; a NaN breaks every one."""
        for words, bound, holds in (
            ("at least", self.ge, operator.ge),
            ("greater than", self.gt, operator.gt),
            ("at most", self.le, operator.le),
            ("less than", self.lt, operator.lt),
        ):
            if bound is not None and not holds(value, bound):
                return f"{words} {bound:g}"
        return None


@attrs.frozen
class Field:
    """One field of a spec class, with its type resolved."""

    name: str
    type: Any
    default: Any
    info: FieldInfo

    @property
    def is_required(self) -> bool:
        """Whether the field has no default."""
        return self.default is attrs.NOTHING

    def raw_default(self) -> dict[str, Any] | None:
        """The default component as plain data, None where there is none."""
        return self.default.raw if isinstance(self.default, ComponentDefault) else None

    def raw_defaults(self) -> list[dict[str, Any]]:
        """The default list of components as plain data, empty where there is none."""
        return self.default.raw if isinstance(self.default, ComponentsDefault) else []


def param(
    default: T,
    *,
    help: str,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    for_parts: bool = False,
) -> T:
    """A setting with a default; `for_parts` settings are offered to parts, not to the target."""
    info = FieldInfo(help=help, ge=ge, gt=gt, le=le, lt=lt, for_parts=for_parts)
    if isinstance(default, dict | list | set):
        raise TypeError(f"a field cannot have the mutable default {default!r}; use None or a tuple")
    return attrs.field(default=default, metadata={INFO: info})


def required(
    *,
    help: str,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    for_parts: bool = False,
) -> Any:
    """A setting that must be given."""
    info = FieldInfo(help=help, ge=ge, gt=gt, le=le, lt=lt, for_parts=for_parts)
    return attrs.field(metadata={INFO: info})


def inherited(
    name: str | None = None,
    *,
    help: str,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    for_parts: bool = False,
    default: Any = ...,
) -> Any:
    """A setting that takes the value of the nearest enclosing spec, the model or the schema.

    `name` is the name it has there, when that differs from the field's own. Where nothing has it,
    `default` stands, or the setting is missing.
    """
    info = FieldInfo(help=help, ge=ge, gt=gt, le=le, lt=lt, for_parts=for_parts)
    return attrs.field(default=Inherited(name, default), metadata={INFO: info})


def component(
    type: str,
    *,
    help: str,
    tower: str = "query",
    when: Callable[[Any], bool] | None = None,
    for_parts: bool = False,
    **settings: Any,
) -> Any:
    """A part with a default, named canonically: `distribution:name`, plus its settings.

    A spec that gives the part no `type` changes settings of the default, and keeps the others.
    `tower` says where an encoder stands; a spec whose encoder does not serve it is at fault.
    `when`, asked of the spec whose other fields are filled, says whether the default is needed:
    else it is None. A part `for_parts` is not handed to the target.
    """
    info = FieldInfo(help=help, tower=tower, when=when, for_parts=for_parts)
    return attrs.field(default=_default(type, settings), metadata={INFO: info})


def components(*types: str, help: str) -> Any:
    """A list of parts with a default, each named canonically.

    A spec that gives an entry no `type` changes settings of the default at that place.
    """
    default = ComponentsDefault(tuple(_default(type, {}) for type in types))
    return attrs.field(default=default, metadata={INFO: FieldInfo(help=help)})


def _default(type: str, settings: dict[str, Any]) -> ComponentDefault:
    if ":" not in type:
        raise TypeError(f"default components are named 'distribution:name', got {type!r}")
    return ComponentDefault(type, tuple(settings.items()))


def fields_of(cls: type) -> tuple[Field, ...]:
    """The fields of a spec class, in order, types resolved."""
    hashable: Any = cls
    return _fields_of(hashable)


@cache
def _fields_of(cls: type) -> tuple[Field, ...]:
    hints = typing.get_type_hints(cls)
    return tuple(
        Field(
            name=attribute.name,
            type=hints[attribute.name],
            default=attribute.default,
            info=attribute.metadata[INFO],
        )
        for attribute in attrs.fields(cls)
    )
