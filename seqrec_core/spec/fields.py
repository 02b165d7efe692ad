"""The fields of specs: helpers that declare them, and what is known of each."""

import operator
import typing
from functools import cache
from typing import Any, TypeVar

import attrs

T = TypeVar("T")
INFO = "seqrec"


@attrs.frozen
class Inherited:
    """Stands in a field until resolve replaces it by the enclosing value called `name`."""

    name: str | None = None


@attrs.frozen
class ComponentDefault:
    """Stands in a field until resolve replaces it by the default component."""

    type: str
    settings: tuple[tuple[str, Any], ...] = ()


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
        if not isinstance(self.default, ComponentDefault):
            return None
        return {"type": self.default.type, **dict(self.default.settings)}


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
) -> Any:
    """A setting that takes the value of the nearest enclosing spec, the model or the schema.

    `name` is the name it has there, when that differs from the field's own.
    """
    info = FieldInfo(help=help, ge=ge, gt=gt, le=le, lt=lt, for_parts=for_parts)
    return attrs.field(default=Inherited(name), metadata={INFO: info})


def component(type: str, *, help: str, tower: str = "query", **settings: Any) -> Any:
    """A part with a default, named canonically: `distribution:name`, plus its settings.

    A spec that gives the part no `type` changes settings of the default, and keeps the others.
    `tower` says where an encoder stands; a spec whose encoder does not serve it is at fault.
    """
    if ":" not in type:
        raise TypeError(f"default components are named 'distribution:name', got {type!r}")
    default = ComponentDefault(type, tuple(settings.items()))
    return attrs.field(default=default, metadata={INFO: FieldInfo(help=help, tower=tower)})


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
