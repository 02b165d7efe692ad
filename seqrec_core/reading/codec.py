"""Specs to plain data and back: strict, lossless, every fault with its path.

Reading never stops at the first fault. A faulty field holds `FAULTY`, so that what follows,
resolve included, can go on and report the rest.
"""

import copy
import difflib
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from seqrec_core.errors import Fault, RegistryError, SpecError
from seqrec_core.fields import ComponentDefault, Field, Inherited, fields_of
from seqrec_core.recipe import Recipe
from seqrec_core.registry import Component, Registry, registry
from seqrec_core.spec import Record, Spec
from seqrec_core.wording import show, type_name

if TYPE_CHECKING:
    import cattrs

__all__ = ["FAULTY", "Reader", "dump", "is_whole", "read"]


class _Faulty:
    def __repr__(self) -> str:
        return "FAULTY"


FAULTY = _Faulty()


def read(data: Any, registry: Registry = registry) -> Recipe:
    """The recipe that plain data describes.

    Raises SpecError with every fault.
    """
    reader = Reader(registry)
    recipe: Recipe = reader.read(data, Recipe, "")
    if reader.faults:
        raise SpecError(reader.faults)
    return recipe


def dump(value: Any, registry: Registry = registry) -> Any:
    """Plain data that reads back as an equal spec; fields left to resolve are left out.

    Raises UnknownComponentError for a spec class that is no component.
    """
    if isinstance(value, Spec):
        return {"type": registry.of_spec(type(value)).canonical} | _dump_fields(value, registry)
    if isinstance(value, Record):
        return _dump_fields(value, registry)
    if isinstance(value, tuple | list):
        return [dump(item, registry) for item in value]
    if isinstance(value, Mapping):
        return {key: dump(item, registry) for key, item in value.items()}
    return _leaves().unstructure(value)


def _dump_fields(value: Any, registry: Registry) -> dict[str, Any]:
    stored = ((field.name, getattr(value, field.name)) for field in fields_of(type(value)))
    return {
        name: dump(item, registry)
        for name, item in stored
        if not isinstance(item, Inherited | ComponentDefault | _Faulty)
    }


def is_whole(value: Any) -> bool:
    """Whether no field below holds FAULTY."""
    if isinstance(value, _Faulty):
        return False
    if isinstance(value, Record):
        return all(is_whole(getattr(value, field.name)) for field in fields_of(type(value)))
    if isinstance(value, tuple):
        return all(is_whole(item) for item in value)
    if isinstance(value, dict):
        return all(is_whole(item) for item in value.values())
    return True


class Reader:
    """Reads plain data into specs and collects faults.

    `versions` says with which version of a component the data was written, by canonical name;
    older data goes through the component's migrations first.
    """

    def __init__(self, registry: Registry, versions: Mapping[str, int] | None = None):
        self.registry = registry
        self.versions = versions or {}
        self.faults: list[Fault] = []
        self.has_migrated = False

    def fault(self, path: str, message: str) -> Any:
        """Notes a fault; returns the marker that stands for the value."""
        self.faults.append(Fault(path, message))
        return FAULTY

    def read(self, data: Any, type_: Any, path: str, field: Field | None = None) -> Any:
        """The value of type `type_` that `data` describes, or FAULTY."""
        origin = typing.get_origin(type_)
        if origin in (typing.Union, types.UnionType):
            return self._read_optional(data, type_, path, field)
        if origin is tuple:
            return self._read_tuple(data, typing.get_args(type_), path)
        if origin is dict:
            return self._read_dict(data, typing.get_args(type_)[1], path)
        if isinstance(type_, type) and issubclass(type_, Spec):
            return self._read_component(data, type_, path)
        if isinstance(type_, type) and issubclass(type_, Record):
            return self._read_fields(data, type_, path)
        return self._read_leaf(data, type_, path, field)

    def read_default(self, data: Any, type_: Any, path: str) -> Any:
        """Like read, of data that the installed code gave: written by today's versions."""
        written, self.versions = self.versions, {}
        try:
            return self.read(data, type_, path)
        finally:
            self.versions = written

    def _read_optional(self, data: Any, type_: Any, path: str, field: Field | None) -> Any:
        members = [member for member in typing.get_args(type_) if member is not type(None)]
        if data is None and len(members) < len(typing.get_args(type_)):
            return None
        if len(members) == 1:
            return self.read(data, members[0], path, field)
        for member in members:  # a union of leaves: the first that takes the value
            trial = Reader(self.registry)
            value = trial.read(data, member, path, field)
            if not trial.faults:
                return value
        return self.fault(path, f"expected {type_name(type_)}, got {show(data)}")

    def _read_tuple(self, data: Any, members: tuple[Any, ...], path: str) -> Any:
        if not isinstance(data, list | tuple):
            return self.fault(path, f"expected a list, got {show(data)}")
        if ... not in members and len(data) != len(members):
            return self.fault(path, f"expected a list of {len(members)}, got {len(data)}")
        return tuple(self.read(item, members[0], f"{path}[{i}]") for i, item in enumerate(data))

    def _read_dict(self, data: Any, item_type: Any, path: str) -> Any:
        if not isinstance(data, Mapping):
            return self.fault(path, f"expected an object, got {show(data)}")
        return {key: self.read(item, item_type, join(path, key)) for key, item in data.items()}

    def _read_component(self, data: Any, base: type[Spec], path: str) -> Any:
        if not isinstance(data, Mapping):
            return self.fault(path, f'expected an object such as {{"type": "…"}}, got {show(data)}')
        raw = dict(data)
        name = raw.pop("type", None)
        if not isinstance(name, str):
            given = "missing" if name is None else f"expected a name, got {show(name)}"
            names = ", ".join(self.registry.names(base.kind)) or "none"
            return self.fault(join(path, "type"), f"{given}; installed for {base.kind} are {names}")
        try:
            component = self.registry[base.kind, name]
            cls = component.spec
        except RegistryError as error:
            return self.fault(join(path, "type"), str(error))
        migrated = self._migrate(raw, component, path)
        return FAULTY if migrated is FAULTY else self._read_fields(migrated, cls, path)

    def _migrate(self, raw: dict[str, Any], component: Component, path: str) -> Any:
        """Fields that an older version of a component wrote, as the installed one names them."""
        cls = component.spec
        written = self.versions.get(component.canonical, cls.version)
        origin = f"written by version {written} of {component.canonical}; installed is version "
        if written > cls.version:
            remedy = f"upgrade {component.distribution}"
            return self.fault(path, f"{origin}{cls.version}: {remedy}")
        for version in range(written, cls.version):
            step = f"{origin}{cls.version}, whose migration from {version} to {version + 1}"
            remedy = f"install the version of {component.distribution} that wrote it"
            self.has_migrated = True
            if version not in cls.migrations:
                return self.fault(path, f"{step} is missing: {remedy}")
            try:
                raw = cls.migrations[version](copy.deepcopy(raw))
            except Exception as cause:
                return self.fault(path, f"{step} failed with {cause!r}: {remedy}")
        return raw

    def _read_fields(self, data: Any, cls: type[Record], path: str) -> Any:
        if not isinstance(data, Mapping):
            return self.fault(path, f"expected an object, got {show(data)}")
        fields = fields_of(cls)
        self._refuse_unknown(data, [field.name for field in fields], path)
        values = {}
        for field in fields:
            where = join(path, field.name)
            if field.name in data:
                values[field.name] = self.read(data[field.name], field.type, where, field)
            elif field.is_required:
                values[field.name] = self.fault(
                    where, f"missing; give {type_name(field.type)}: {field.info.help}"
                )
        made = cls(**values)
        if not issubclass(cls, Spec) and is_whole(made):
            self.run_check(made, path)
        return made

    def _refuse_unknown(self, data: Mapping[str, Any], names: list[str], path: str) -> None:
        for key in data:
            if key not in names:
                close = difflib.get_close_matches(str(key), names, n=1)
                hint = f"did you mean {close[0]!r}? " if close else ""
                allowed = ", ".join(names) or "none"
                self.fault(join(path, str(key)), f"unknown key; {hint}allowed are {allowed}")

    def _read_leaf(self, data: Any, type_: Any, path: str, field: Field | None) -> Any:
        try:
            value = _leaves().structure(data, type_)
        except (ValueError, TypeError, OverflowError):
            return self.fault(path, f"expected {type_name(type_)}, got {show(data)}")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if field and is_number and (broken := field.info.broken_bound(value)):
            return self.fault(path, f"must be {broken}, got {show(data)}")
        return value

    def run_check(self, made: Any, path: str) -> None:
        """Runs the rules across fields; what they raise is a fault too."""
        try:
            for name, message in made.check():
                self.fault(join(path, name), message)
        except Exception as cause:
            self.fault(path, f"its check failed with {type(cause).__name__}: {cause}")


def join(path: str, key: str) -> str:
    """Path of a key below a path."""
    return f"{path}.{key}" if path else key


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


@cache
def _leaves() -> "cattrs.Converter":
    """The strict converter of scalars, enums and choices; imported late, to list quickly."""
    import cattrs

    converter = cattrs.Converter(detailed_validation=False)
    converter.register_structure_hook(int, _strict(int))
    converter.register_structure_hook(bool, _strict(bool))
    converter.register_structure_hook(str, _strict_text)
    converter.register_structure_hook(float, _strict_float)
    converter.register_structure_hook_func(_is_literal, _strict_literal)
    return converter
