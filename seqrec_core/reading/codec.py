"""Specs to plain data and back: strict, lossless, every fault with its path.

Reading never stops at the first fault. A faulty field holds `FAULTY`, so that what follows,
resolve included, can go on and report the rest.
"""

import difflib
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from seqrec_core.errors import Fault, RegistryError, SpecError, words_of
from seqrec_core.reading import limits
from seqrec_core.reading.leaves import leaf_converter
from seqrec_core.reading.merge import Place, merge
from seqrec_core.reading.migrate import MigrationError, migrated
from seqrec_core.reading.wording import missing_type, path_text, show, stranger, type_name
from seqrec_core.registry.registry import Registry
from seqrec_core.spec.fields import Field, Open, fields_of
from seqrec_core.spec.recipe import Recipe
from seqrec_core.spec.record import Record, Spec


class _Faulty:
    def __repr__(self) -> str:
        return "FAULTY"


FAULTY = _Faulty()
_HINTS, _PATHS = 100, ("file", "folder", "path")  # names of fields whose texts are paths


def dump(value: Any, registry: Registry) -> Any:
    """What `session.dump` gives."""
    try:
        return _dump(value, registry)
    except RecursionError:
        raise SpecError([Fault("", limits.TOO_DEEP)]) from None


def _dump(value: Any, registry: Registry) -> Any:
    if isinstance(value, Spec):
        return {"type": registry.of_spec(type(value)).canonical} | _dump_fields(value, registry)
    if isinstance(value, Record):
        return _dump_fields(value, registry)
    if isinstance(value, tuple | list):
        return [_dump(item, registry) for item in value]
    if isinstance(value, Mapping):
        return {key: _dump(item, registry) for key, item in value.items()}
    return leaf_converter().unstructure(value)


def _dump_fields(value: Any, registry: Registry) -> dict[str, Any]:
    stored = ((field.name, getattr(value, field.name)) for field in fields_of(type(value)))
    return {
        name: _dump(item, registry) for name, item in stored if not isinstance(item, Open | _Faulty)
    }


def is_whole(value: Any) -> bool:
    """Whether no field below is faulty or left open."""
    if isinstance(value, Record):
        return all(is_whole(getattr(value, field.name)) for field in fields_of(type(value)))
    if isinstance(value, tuple | dict):
        return all(map(is_whole, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, _Faulty | Open)


def specs_below(value: Any, path: str = "") -> Iterator[tuple[str, Spec]]:
    """Every component in a value, with its path, what holds it first."""
    if isinstance(value, Spec):
        yield path, value
    if isinstance(value, Record):
        for field in fields_of(type(value)):
            yield from specs_below(getattr(value, field.name), join(path, field.name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from specs_below(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from specs_below(item, join(path, key))


class Reader:
    """Reads plain data into specs and collects faults.

    `versions` says with which version of a component the data was written, by canonical name;
    older data goes through the component's migrations first. `origins` says, by path, what values
    that stand beside others in the data were taken from.
    """

    def __init__(self, registry: Registry, versions: Mapping[str, int] | None = None):
        self.registry = registry
        self.versions = versions or {}
        self.faults: list[Fault] = []
        self.origins: dict[str, str] = {}
        self.has_migrated = False

    def fault(self, path: str, message: str) -> Any:
        """Notes a fault; returns the marker that stands for the value."""
        self.faults.append(Fault(path, message))
        return FAULTY

    def read(self, data: Any, type_: Any, path: str, field: Field | None = None) -> Any:
        """The value of type `type_` that `data`, or an object in it, describes, or FAULTY."""
        origin = typing.get_origin(type_)
        if origin in (typing.Union, types.UnionType):
            return self._read_optional(data, type_, path, field)
        if origin is tuple:
            defaults = field.raw_defaults() if field else []
            return self._read_tuple(data, typing.get_args(type_), path, defaults)
        if origin is dict:
            return self._read_dict(data, typing.get_args(type_)[1], path)
        if isinstance(type_, type) and issubclass(type_, Record):
            return self._read_record(data, type_, path, field)
        return self._read_leaf(data, type_, path, field)

    def read_default(self, data: Any, type_: Any, path: str) -> Any:
        """Like read, of data that the installed code gave: written by today's versions."""
        with self._versions_of_today():
            return self.read(data, type_, path)

    @contextmanager
    def _versions_of_today(self) -> Iterator[None]:
        written, self.versions = self.versions, {}
        try:
            yield
        finally:
            self.versions = written

    def _read_record(self, data: Any, type_: type[Record], path: str, field: Field | None) -> Any:
        if isinstance(data, Spec) and issubclass(type_, Spec) and data.kind != type_.kind:
            return self.fault(path, f"expected {type_name(type_)}, got {show(data)}")
        if isinstance(data, Record):
            try:
                return self.read_default(dump(data, self.registry), type_, path)
            except (RegistryError, SpecError) as error:
                return self.fault(path, str(error))
        if not issubclass(type_, Spec):
            return self._read_fields(data, type_, path)
        default = field.raw_default() if field else None
        if default is not None and isinstance(data, Mapping) and "type" not in data:
            return self._read_partial(data, default, type_, path)
        return self._read_component(data, type_, path)

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

    def _read_tuple(
        self, data: Any, members: tuple[Any, ...], path: str, defaults: Sequence[dict[str, Any]]
    ) -> Any:
        if not isinstance(data, list | tuple):
            return self.fault(path, f"expected a list, got {show(data)}")
        if ... not in members and len(data) != len(members):
            return self.fault(path, f"expected a list of {len(members)}, got {len(data)}")
        return tuple(
            self._read_partial(item, defaults[i], members[0], f"{path}[{i}]")
            if i < len(defaults) and isinstance(item, Mapping) and "type" not in item
            else self.read(item, members[0], f"{path}[{i}]")
            for i, item in enumerate(data)
        )

    def _read_dict(self, data: Any, item_type: Any, path: str) -> Any:
        if not isinstance(data, Mapping):
            return self.fault(path, f"expected an object, got {show(data)}")
        if strange := [key for key in data if not isinstance(key, str)]:
            return self.fault(path, f"expected names as keys, got {show(strange[0])}")
        return {key: self.read(item, item_type, join(path, key)) for key, item in data.items()}

    def _read_partial(
        self, data: Mapping[str, Any], default: dict[str, Any], base: type[Spec], path: str
    ) -> Any:
        """The default component with some of its settings changed."""
        whole = merge(default, data, base, self.registry)
        self.origins |= dict.fromkeys(_added(whole, data, path), "default")
        with self._versions_of_today():
            whose = f" of {default['type']}, the default {base.kind}"
            return self._read_component(whole, base, path, whose)

    def _read_component(self, data: Any, base: type[Spec], path: str, whose: str = "") -> Any:
        place = path if isinstance(data, str) else join(path, "type")
        raw = {"type": data} if isinstance(data, str) else data
        if not isinstance(raw, Mapping):
            message = f'expected a name, or an object such as {{"type": "…"}}, got {show(data)}'
            return self.fault(path, message)
        raw = dict(raw)
        name = raw.pop("type", None)
        try:
            if name is None:
                return self.fault(place, missing_type(self.registry, base.kind, raw, place))
            if not isinstance(name, str):
                names = ", ".join(self.registry.names(base.kind)) or "none"
                expected = f"expected a name, got {show(name)}"
                return self.fault(place, f"{expected}; installed for {base.kind} are {names}")
            component = self.registry[base.kind, name]
            cls = component.spec
        except RegistryError as error:
            return self.fault(place, str(error))
        if not issubclass(cls, base):
            return self.fault(place, stranger(component, base))
        written = self.versions.get(name, self.versions.get(component.canonical, cls.version))
        self.has_migrated |= written < cls.version
        try:
            return self._read_fields(migrated(raw, component, written), cls, path, whose)
        except MigrationError as error:
            return self.fault(path, str(error))

    def _read_fields(self, data: Any, cls: type[Record], path: str, whose: str = "") -> Any:
        if not isinstance(data, Mapping):
            return self.fault(path, f"expected an object, got {show(data)}")
        fields = fields_of(cls)
        self._refuse_unknown(data, [field.name for field in fields], path, whose)
        values = {}
        for field in fields:
            where = join(path, field.name)
            if field.name in data:
                values[field.name] = self.read(data[field.name], field.type, where, field)
            elif field.is_required:
                values[field.name] = self.fault(
                    where, f"missing; give {type_name(field.type)}: {field.info.help}"
                )
        record = cls(**values)
        if not issubclass(cls, Spec) and is_whole(record):
            self.run_check(record, path)
        return record

    def _refuse_unknown(
        self, data: Mapping[str, Any], names: list[str], path: str, whose: str
    ) -> None:
        remedy = '; another one needs its "type"' if whose else ""
        allowed = f"allowed are {', '.join(names) or 'none'}{remedy}"
        for key in (key for key in data if key not in names):
            hint = self._hint(str(key), data, names, path)
            self.fault(join(path, str(key)), f"unknown key{whose}; {hint}{allowed}")

    def _hint(self, key: str, data: Mapping[str, Any], names: list[str], path: str) -> str:
        """What was meant by a key that is unknown where it stands, as far as one can tell."""
        top, registry = fields_of(Recipe), self.registry
        if len(self.faults) > _HINTS:
            return ""  # a search each, and nobody reads more
        if path and key in [field.name for field in top]:
            return "it stands at the top of a spec; "
        if close := difflib.get_close_matches(key, names, n=1):
            return f"did you mean {close[0]!r}? "
        within = []
        for field in top:
            if field.raw_defaults():
                kind = typing.get_args(field.type)[0].kind
                if (kind, key) in registry:
                    return f"it is a {kind}, one of {field.name!r} at the top of a spec; "
            elif field.name in names and not path:
                place = Place(Recipe).below(data, field.name, registry)
                if place.below(data.get(field.name), key, registry).type is not None:
                    within.append(repr(f"{field.name}.{key}"))
        return f"did you mean {' or '.join(within)}? " if within else ""

    def _read_leaf(self, data: Any, type_: Any, path: str, field: Field | None) -> Any:
        try:
            value = leaf_converter().structure(data, type_)
        except (ValueError, TypeError, OverflowError):
            return self.fault(path, f"expected {type_name(type_)}, got {show(data)}")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if field and is_number and (broken := field.info.broken_bound(value)):
            return self.fault(path, f"must be {broken}, got {show(data)}")
        is_path = field and field.name in _PATHS and isinstance(value, str)
        return path_text(value, lambda odd: self.fault(path, odd)) if is_path else value

    def run_check(self, record: Record, path: str) -> None:
        """Runs the rules across fields; what they raise is a fault too."""
        try:
            for name, message in record.check():
                self.fault(join(path, name), message)
        except Exception as cause:
            self.faults.append(Fault(path, f"its check failed with {words_of(cause)}", cause))


def join(path: str, key: str) -> str:
    """Path of a key below a path."""
    return f"{path}.{key}" if path else key


def _added(whole: Mapping[str, Any], data: Mapping[str, Any], path: str) -> Iterator[str]:
    """The paths of what a merged object has and the data that was laid over it has not."""
    for key, value in whole.items():
        if key not in data:
            yield join(path, str(key))
        elif isinstance(value, Mapping) and isinstance(data[key], Mapping):
            yield from _added(value, data[key], join(path, str(key)))
