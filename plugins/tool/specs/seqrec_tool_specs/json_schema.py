"""A JSON Schema (draft 2020-12) of everything installed, for editors and other validators.

Each kind is a name, or a choice by `type`: one `if`/`then` a component, which lets editors complete
the fields of the chosen one and validators say which field is wrong. Where a field has a default
component, or a list of them, an object without `type` has the fields of that one.
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
from seqrec_core.spec.fields import ComponentDefault, ComponentsDefault, Field, fields_of

__all__ = ["json_schema"]

_LEAVES = {int: "integer", float: "number", bool: "boolean", str: "string"}


def json_schema(registry: Registry = registry) -> dict[str, Any]:
    """The schema of a spec file; a plugin that does not load is left out with a warning."""
    return _Schema(registry).whole()


class _Schema:
    """Definitions that refer to each other, of what a registry has."""

    def __init__(self, registry: Registry):
        self.registry = registry
        self.definitions: dict[str, Any] = {}

    def whole(self) -> dict[str, Any]:
        """The schema of a spec file."""
        for kind in self.registry.kinds():
            self.definitions[kind] = _choice(kind, self.bodies(kind))
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "seqrec spec",
            "if": {"required": ["extends"]},
            "then": _child(),
            "else": self.of_record(Recipe, extra={"$schema": {}}),
            "$defs": self.definitions,
        }

    def bodies(self, kind: str) -> dict[str, dict[str, Any]]:
        """What an object of each component holds, by every name that finds it."""
        bodies = {}
        for component in self.registry:
            if component.kind == kind and (body := self.of_component(component)):
                bodies[component.canonical] = body
                if self.registry.state(component) == "ok":
                    bodies[component.name] = body
        return bodies

    def of_component(self, component: Component) -> dict[str, Any] | None:
        try:
            return self.of_record(component.spec, extra={"type": {}})
        except RegistryError as error:
            warnings.warn(f"left out of the schema: {error}", RuntimeWarning, stacklevel=5)
            return None

    def of_record(self, cls: type[Record], extra: dict[str, Any]) -> dict[str, Any]:
        fields = fields_of(cls)
        return {
            "type": "object",
            "description": (cls.__doc__ or "").strip().split("\n")[0],
            "properties": extra | {f.name: self.of_field(f, _place(cls, f)) for f in fields},
            "required": [field.name for field in fields if field.is_required],
            "additionalProperties": False,
        }

    def of_field(self, field: Field, place: str) -> dict[str, Any]:
        info = field.info
        bounds = {
            "minimum": info.ge,
            "exclusiveMinimum": info.gt,
            "maximum": info.le,
            "exclusiveMaximum": info.lt,
        }
        schema = self.of_type(field.type)
        kind = _kind(field.type)
        if isinstance(field.default, ComponentDefault):
            schema = self.or_partial(schema, field.default, kind, place)
        elif isinstance(field.default, ComponentsDefault):
            schema["prefixItems"] = [
                self.or_partial(schema["items"], default, kind, f"{place}[{index}]")
                for index, default in enumerate(field.default.parts)
            ]
        schema |= {name: bound for name, bound in bounds.items() if bound is not None}
        schema["description"] = info.help
        if isinstance(field.default, bool | int | float | str):
            schema["default"] = field.default
        return schema

    def or_partial(
        self, schema: dict[str, Any], default: ComponentDefault, kind: str, place: str
    ) -> dict[str, Any]:
        """A component, or settings of the one that stands at this place by default."""
        if not self.add_default(default, kind, place):
            return schema
        without_type = {"type": "object", "not": {"required": ["type"]}}
        return {"if": without_type, "then": {"$ref": f"#/$defs/{place}"}, "else": schema}

    def add_default(self, default: ComponentDefault, kind: str, place: str) -> bool:
        """Defines by its place what a default component takes in part, unless it is unusable."""
        if place in self.definitions:
            return True
        try:
            cls = self.registry[kind, default.type].spec
        except RegistryError:
            return False
        self.definitions[place] = {}  # it may hold a part with the same default
        settings = dict(default.settings)
        properties = {}
        for inner in fields_of(cls):
            where = _place(cls, inner)
            if inner.name in settings:
                inner, where = _with_default(inner, settings[inner.name]), f"{place}.{inner.name}"
            properties[inner.name] = self.of_field(inner, where)
        self.definitions[place] |= {
            "type": "object",
            "description": f"settings of {default.type}, the default",
            "properties": properties,
            "required": [
                f.name for f in fields_of(cls) if f.is_required and f.name not in settings
            ],
            "additionalProperties": False,
        }
        return True

    def of_type(self, type_: Any) -> dict[str, Any]:
        origin, arguments = typing.get_origin(type_), typing.get_args(type_)
        if origin in (typing.Union, types.UnionType):
            return {"anyOf": [self.of_type(argument) for argument in arguments]}
        if type_ is type(None):
            return {"type": "null"}
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin is tuple:
            return {"type": "array", "items": self.of_type(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of_type(arguments[1])}
        if issubclass(type_, Spec):
            # of a kind that nobody declares, or whose turn is yet to come
            self.definitions.setdefault(type_.kind, _choice(type_.kind, {}))
            return {"$ref": f"#/$defs/{type_.kind}"}
        if issubclass(type_, Record):
            if type_.__name__ not in self.definitions:
                self.definitions[type_.__name__] = {}
                self.definitions[type_.__name__] |= self.of_record(type_, extra={})
            return {"$ref": f"#/$defs/{type_.__name__}"}
        if issubclass(type_, Enum):
            return {"enum": [member.value for member in type_]}
        return {"type": _LEAVES[type_]}


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


def _choice(kind: str, bodies: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The name of a component, or an object whose `type` says which body the rest of it has.

    A name alone does for a component without required settings.
    """
    if not bodies:
        return {"not": {}, "description": f"no {kind} is installed"}
    names = {"enum": sorted(bodies), "description": f"the {kind} to build"}
    alone = [name for name in sorted(bodies) if not bodies[name]["required"]]
    return {
        "if": {"type": "string"},
        "then": {**names, "enum": alone} if alone else {"not": {}},
        "else": {
            "type": "object",
            "required": ["type"],
            "properties": {"type": names},
            "allOf": [{"if": _is_of(name), "then": bodies[name]} for name in sorted(bodies)],
        },
    }


def _is_of(name: str) -> dict[str, Any]:
    return {"properties": {"type": {"const": name}}, "required": ["type"]}


def _place(cls: type[Record], field: Field) -> str:
    return f"{cls.__module__}.{cls.__qualname__}.{field.name}"


def _kind(type_: Any) -> str:
    """The kind of the components that a field holds; "" for one that holds none."""
    classes = [one for one in typing.get_args(type_) or (type_,) if one is not types.NoneType]
    first = classes[0]
    return first.kind if isinstance(first, type) and issubclass(first, Spec) else ""


def _with_default(field: Field, setting: Any) -> Field:
    """A field of a default component, with what the default sets it to as its own default."""
    if not (isinstance(setting, dict) and "type" in setting):
        return field
    settings = tuple((name, value) for name, value in setting.items() if name != "type")
    return Field(field.name, field.type, ComponentDefault(setting["type"], settings), field.info)
