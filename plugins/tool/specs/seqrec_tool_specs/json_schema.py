"""A JSON Schema (draft 2020-12) of everything installed, for editors and other validators.

Each kind is a choice by `type`: one `if`/`then` a component, which lets editors complete the
fields of the chosen one and validators say which field is wrong.
"""

import types
import typing
import warnings
from enum import Enum
from typing import Any, Literal

from seqrec_core.errors import RegistryError
from seqrec_core.registry import Component, Registry
from seqrec_core.session import registry
from seqrec_core.spec import Recipe, Record, Spec
from seqrec_core.spec.fields import Field, fields_of

__all__ = ["json_schema"]

_LEAVES = {int: "integer", float: "number", bool: "boolean", str: "string"}


def json_schema(registry: Registry = registry) -> dict[str, Any]:
    """The schema of a spec file; a plugin that does not load is left out with a warning."""
    definitions: dict[str, Any] = {}
    for kind in registry.kinds():
        names = {}
        for component in registry:
            if component.kind == kind and (body := _component(component, definitions)):
                names[component.canonical] = body
                if registry.state(component) == "ok":
                    names[component.name] = body
        definitions[kind] = _choice(kind, names)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "seqrec spec",
        "if": {"required": ["extends"]},
        "then": _child(),
        "else": _record(Recipe, definitions, extra={"$schema": {}}),
        "$defs": definitions,
    }


def _child() -> dict[str, Any]:
    """A spec that extends another: what it leaves out, even a `type`, stands there."""
    return {
        "type": "object",
        "properties": {
            "extends": {"type": "string", "description": "path of the spec to build on"},
            **{name: {} for name in ("$schema", *(field.name for field in fields_of(Recipe)))},
        },
        "additionalProperties": False,
    }


def _component(component: Component, definitions: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return _record(component.spec, definitions, extra={"type": {}})
    except RegistryError as error:
        warnings.warn(f"left out of the schema: {error}", RuntimeWarning, stacklevel=3)
        return None


def _choice(kind: str, bodies: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """An object whose `type` says which body the rest of it has."""
    if not bodies:
        return {"not": {}, "description": f"no {kind} is installed"}
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": sorted(bodies), "description": f"the {kind} to build"}},
        "allOf": [
            {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": body}
            for name, body in sorted(bodies.items())
        ],
    }


def _record(
    cls: type[Record], definitions: dict[str, Any], extra: dict[str, Any]
) -> dict[str, Any]:
    fields = fields_of(cls)
    return {
        "type": "object",
        "description": (cls.__doc__ or "").strip().split("\n")[0],
        "properties": extra | {f.name: _field(f, definitions) for f in fields},
        "required": [field.name for field in fields if field.is_required],
        "additionalProperties": False,
    }


def _field(field: Field, definitions: dict[str, Any]) -> dict[str, Any]:
    info = field.info
    bounds = {
        "minimum": info.ge,
        "exclusiveMinimum": info.gt,
        "maximum": info.le,
        "exclusiveMaximum": info.lt,
    }
    schema = _type(field.type, definitions)
    schema |= {name: bound for name, bound in bounds.items() if bound is not None}
    schema["description"] = info.help
    if isinstance(field.default, bool | int | float | str):
        schema["default"] = field.default
    return schema


def _type(type_: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = typing.get_origin(type_), typing.get_args(type_)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_type(argument, definitions) for argument in arguments]}
    if type_ is type(None):
        return {"type": "null"}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return {"type": "array", "items": _type(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(arguments[1], definitions)}
    if issubclass(type_, Spec):
        definitions.setdefault(type_.kind, _choice(type_.kind, {}))  # of a kind nobody declares
        return {"$ref": f"#/$defs/{type_.kind}"}
    if issubclass(type_, Record):
        if type_.__name__ not in definitions:
            definitions[type_.__name__] = {}
            definitions[type_.__name__] |= _record(type_, definitions, extra={})
        return {"$ref": f"#/$defs/{type_.__name__}"}
    if issubclass(type_, Enum):
        return {"enum": [member.value for member in type_]}
    return {"type": _LEAVES[type_]}
