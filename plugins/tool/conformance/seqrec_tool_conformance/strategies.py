"""Any allowed values for the fields of a spec class, for property tests."""

import math
import types
import typing
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

from hypothesis import strategies as st

from seqrec_core.spec import Spec
from seqrec_core.spec.fields import FieldInfo, fields_of

__all__ = ["any_settings"]

Values = st.SearchStrategy[Any] | None


def any_settings(cls: type[Spec], fixed: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Plain data of a spec: `fixed`, and values for any of the other fields but its parts."""
    free = (field for field in fields_of(cls) if field.name not in fixed)
    drawn = {field.name: _values(field.type, field.info) for field in free}
    optional = {name: values for name, values in drawn.items() if values is not None}
    return st.fixed_dictionaries({}, optional=optional).map(lambda settings: {**fixed, **settings})


def _values(type_: Any, info: FieldInfo) -> Values:
    """Plain data of a type; None where it holds parts."""
    origin, arguments = typing.get_origin(type_), typing.get_args(type_)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (typing.Union, types.UnionType):
        options = [_values(argument, info) for argument in arguments]
        known = [values for values in options if values is not None]
        return st.one_of(*known) if len(known) == len(options) else None
    if origin is tuple:
        items = _values(arguments[0], info)
        few, many = (0, 3) if ... in arguments else (len(arguments), len(arguments))
        return None if items is None else st.lists(items, min_size=few, max_size=many)
    if origin is dict:
        items = _values(arguments[1], info)
        return None if items is None else st.dictionaries(st.text(max_size=5), items, max_size=3)
    return _leaf(type_, info)


def _leaf(type_: Any, info: FieldInfo) -> Values:
    if type_ in (int, float):
        return _numbers(type_, info)
    if isinstance(type_, type) and issubclass(type_, Enum):
        return st.sampled_from([member.value for member in type_])
    simple = {type(None): st.none(), bool: st.booleans(), str: st.text(max_size=10)}
    return simple.get(type_)


def _numbers(type_: type, info: FieldInfo) -> Values:
    """Whole or other numbers between the bounds."""
    low = info.ge if info.ge is not None else info.gt
    high = info.le if info.le is not None else info.lt
    if type_ is float:
        numbers: st.SearchStrategy[Any] = st.floats(
            low, high, allow_nan=False, allow_infinity=False
        )
    else:
        lowest = None if low is None else math.ceil(low)
        highest = None if high is None else math.floor(high)
        numbers = st.integers(lowest, highest)
    return numbers.filter(lambda value: info.broken_bound(value) is None)
