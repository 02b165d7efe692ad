"""How errors name types and values, in the words of someone who writes JSON."""

import re
import shlex
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, Literal

from seqrec_core.errors import DataError, RegistryError
from seqrec_core.places import expanded
from seqrec_core.registry.component import Component
from seqrec_core.registry.registry import Registry
from seqrec_core.spec.fields import fields_of
from seqrec_core.spec.record import Spec

_SHELL = re.compile(r"(?:^|/)\$(\w+)(?:/|$)")
_NAMES = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a string",
    type(None): "null",
}


def type_name(type_: Any) -> str:
    """A type in a reader's words."""
    origin, arguments = typing.get_origin(type_), typing.get_args(type_)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(type_name(argument) for argument in arguments)
    if origin is Literal:
        return _choices(arguments)
    if origin is tuple:
        return f"a list of {_several(arguments[0])}"
    if isinstance(type_, type) and issubclass(type_, Spec):
        return with_article(type_.kind)
    if isinstance(type_, type) and issubclass(type_, Enum):
        return _choices(member.value for member in type_)
    return _NAMES.get(type_, "an object")


def with_article(noun: str) -> str:
    """A noun behind "a" or "an"."""
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _several(type_: Any) -> str:
    """A type's name in the plural."""
    name = type_name(type_)
    if name.startswith("one of "):
        return "any of " + name.removeprefix("one of ")
    if name.startswith("a list of "):
        return "lists of " + name.removeprefix("a list of ")
    return name.removeprefix("a ").removeprefix("an ") + "s"


def _choices(values: Iterable[Any]) -> str:
    return "one of " + ", ".join(repr(value) for value in values)


def show(data: Any) -> str:
    """A value as its JSON would look, cut short."""
    data = data[:100] if isinstance(data, str) else data
    text = repr(data) if isinstance(data, str | float | bool) or data is None else ""
    if isinstance(data, int) and not isinstance(data, bool):
        text = str(data) if data.bit_length() < 10_000 else hex(data)  # str has a limit
    if isinstance(data, bool) or data is None:
        text = {True: "true", False: "false", None: "null"}[data]
    text = text or ("an object" if isinstance(data, Mapping) else with_article(type(data).__name__))
    return text if len(text) <= 60 else f"{text[:57]}…"


def unexpanded(path: str) -> str | None:
    """What is wrong with `~` and variables in a path, if anything."""
    if variable := _SHELL.search(path):
        return f"{show(path)}: a variable in a spec stands in braces; write ${{{variable[1]}}}"
    try:
        expanded(path)
    except DataError as cause:
        return str(cause)
    return None


def path_text(path: str, fault: Callable[[str], Any]) -> Any:
    """The path with `~` and variables replaced, or what `fault` makes of what is wrong with it.

    A URI stays, for it may hold a secret: whoever reads it expands it.
    """
    if "://" in path:
        return path
    return fault(odd) if (odd := unexpanded(path)) else expanded(path)


def stranger(component: Component, base: type[Spec]) -> str:
    """That a component is of the kind that a field names, and not of the field's class."""
    cls, kind = component.spec, component.kind
    return (
        f"{kind} {component.name!r} comes from {component.distribution}; its {cls.__name__} is no "
        f"{base.__qualname__} of {base.__module__}, which is expected here. Name a {kind} that is, "
        f"or install versions of both plugins that share that class"
    )


def missing_type(registry: Registry, kind: str, keys: Iterable[str], path: str) -> str:
    """That an object at a path has no `type`, and what to write: a component with all its keys.

    Raises RegistryError for a kind that nobody declares.
    """
    names = registry.names(kind)
    if not names:
        return f"missing; installed for {kind} are none"
    name = next((name for name in names if {*keys} <= _settings(registry, kind, name)), names[0])
    line = f"--set {shlex.quote(path.replace('[', '.').replace(']', '') + '=' + name)}"
    return f'missing; installed for {kind} are {", ".join(names)}: add "type": "{name}", or {line}'


def _settings(registry: Registry, kind: str, name: str) -> set[str]:
    """The names of a component's fields; none for one that cannot be used."""
    try:
        return {field.name for field in fields_of(registry[kind, name].spec)}
    except RegistryError:
        return set()
