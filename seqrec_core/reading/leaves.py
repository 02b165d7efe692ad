"""Scalars, enums and choices, read strictly: nothing is coerced."""

import typing
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import cattrs


@cache
def leaf_converter() -> "cattrs.Converter":
    """The strict converter of scalars, enums and choices; imported late, to list quickly."""
    import cattrs

    converter = cattrs.Converter(detailed_validation=False)
    converter.register_structure_hook(int, _strict(int))
    converter.register_structure_hook(bool, _strict(bool))
    converter.register_structure_hook(str, _strict_text)
    converter.register_structure_hook(float, _strict_float)
    converter.register_structure_hook_func(_is_literal, _strict_literal)
    return converter


def _strict(allowed: type | tuple[type, ...]) -> Any:
    def hook(data: Any, type_: Any) -> Any:
        if not isinstance(data, allowed) or (isinstance(data, bool) and type_ is not bool):
            raise TypeError
        return type_(data)

    return hook


def _strict_text(data: Any, type_: Any) -> str:
    text: str = _strict(str)(data, str)
    text.encode()  # half of a surrogate pair is a ValueError: no file could hold it
    return text


def _strict_float(data: Any, type_: Any) -> float:
    value = float(_strict((int, float))(data, float))
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError
    return value


def _strict_literal(data: Any, type_: Any) -> Any:
    for choice in typing.get_args(type_):
        if choice == data and type(choice) is type(data):
            return choice
    raise ValueError


def _is_literal(type_: Any) -> bool:
    return typing.get_origin(type_) is Literal
