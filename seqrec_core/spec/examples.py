"""A value that does for each field of a spec class that has no default."""

import types
import typing
from enum import Enum
from typing import Any, Literal

from seqrec_core.spec.fields import FieldInfo, fields_of
from seqrec_core.spec.record import Spec


def required_settings(cls: type[Spec], column: str) -> dict[str, Any]:
    """Plain data for the fields without a default: for strings the name of a column that exists.

    Raises LookupError for a field that holds a part.
    """
    return {
        field.name: _example(field.type, field.info, column)
        for field in fields_of(cls)
        if field.is_required
    }


def _example(type_: Any, info: FieldInfo, column: str) -> Any:
    origin, arguments = typing.get_origin(type_), typing.get_args(type_)
    if origin is tuple:
        return [_example(arguments[0], info, column)]
    if origin is dict:
        return {column: _example(arguments[1], info, column)}
    if origin in (typing.Union, types.UnionType):
        return _example(arguments[0], info, column)
    if origin is Literal:
        return arguments[0]
    if isinstance(type_, type) and issubclass(type_, Enum):
        return next(iter(type_)).value
    if type_ in (int, float):  # as simple as can be within the bounds
        bounds = [bound for bound in (info.ge, info.gt, info.le, info.lt) if bound is not None]
        near = [value for bound in bounds for value in (bound, bound + 1, bound - 1)]
        simple = (type_(value) for value in (1, 0.5, 0, *near))
        return next(value for value in simple if info.broken_bound(value) is None)
    if type_ in (str, bool):
        return column if type_ is str else True
    raise LookupError(f"a required {type_.__name__} has no value that always does")
