"""Imports plugins in an interpreter of its own, and tells what that shows of each."""

import importlib
import importlib.util
import inspect
import json
import os
import pkgutil
import sys
from collections.abc import Callable
from typing import Any

import attrs

from seqrec_core.errors import RegistryError
from seqrec_core.registry.component import spec_fault
from seqrec_core.registry.installed import COMMANDS, GROUP, HOOKS, KINDS_GROUP
from seqrec_core.registry.kind import kind_fault
from seqrec_core.session import registry
from seqrec_core.spec.fields import ComponentDefault, fields_of

__all__ = ["Entry", "answer", "reinstall"]


@attrs.frozen
class Entry:
    """An entry point of a plugin."""

    distribution: str
    group: str
    name: str
    value: str

    @property
    def subject(self) -> str:
        """How findings call it."""
        return f"{self.group.removeprefix(GROUP)} {self.distribution}:{self.name}"


def answer(stage: str) -> None:
    """In that other interpreter: a line for each entry of stdin, null or fault and remedy."""
    check = {"specs": _check_spec, "targets": _check_target}[stage]
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)  # whatever plugins print is no answer
        for values in json.load(sys.stdin):
            print(json.dumps(_outcome(check, Entry(*values))), file=out, flush=True)


class _NoTorch:
    """Refuses imports of torch, and remembers who tried."""

    who: str | None = None

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raises ImportError for torch, knows nothing of other modules."""
        if name != "torch":
            return
        here: Any = inspect.currentframe()
        frame = here.f_back
        while frame.f_code.co_filename.startswith("<frozen importlib"):
            frame = frame.f_back
        self.who = f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        raise ImportError("torch is out of bounds here")


def _outcome(check: Callable[[Entry], Any], entry: Entry) -> Any:
    try:
        return check(entry)
    except BaseException as cause:  # a module may even call sys.exit
        fault = f"does not import: {type(cause).__name__}: {cause}"
        return fault.split("\n")[0], reinstall(entry)


def _check_spec(entry: Entry) -> tuple[str, str] | None:
    module, _, attribute = entry.value.partition(":")
    watch: Any = _NoTorch()
    sys.meta_path.insert(0, watch)
    try:
        loaded = importlib.import_module(module)
    except ImportError:
        if not watch.who and _is_missing(module):
            return f"its entry point names {module}, which does not exist", reinstall(entry)
        if not watch.who:
            raise
    finally:
        sys.meta_path.remove(watch)
    if watch.who:
        remedy = "import torch only in the module that target names"
        return f"importing {module} imports torch ({watch.who})", remedy
    cls: Any = loaded
    for part in filter(None, attribute.split(".")):
        if not hasattr(cls, part):
            return f"its entry point names {entry.value}, which does not exist", reinstall(entry)
        cls = getattr(cls, part)
    if entry.group in (HOOKS, COMMANDS):
        return None
    fault = kind_fault(entry.name, cls) if entry.group == KINDS_GROUP else _spec_fault(entry, cls)
    return (f"{entry.value} {fault}", "correct the spec class") if fault else None


def _spec_fault(entry: Entry, cls: Any) -> str | None:
    """What is wrong with the spec class of a component; nothing where its kind is at fault."""
    try:
        base = registry.kind(entry.group.removeprefix(GROUP)).base
    except RegistryError:
        return None
    return spec_fault(base, cls)


def _is_missing(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is None
    except ImportError:
        return True


def _check_target(entry: Entry) -> tuple[str, str] | None:
    if entry.group in (HOOKS, COMMANDS, KINDS_GROUP):
        return None
    spec = pkgutil.resolve_name(entry.value)
    for field in fields_of(spec):
        owner = _owner(field.default)
        if owner and owner not in {component.distribution for component in registry}:
            remedy = f"pip install {owner}; {entry.distribution} should declare it"
            return f"its default {field.name} comes with {owner}, which is not installed", remedy
    try:
        pkgutil.resolve_name(spec.target)
    except Exception as cause:
        reason = f"{type(cause).__name__}: {cause}".split("\n")[0]
        return f"its target {spec.target} does not import: {reason}", reinstall(entry)
    return None


def _owner(default: Any) -> str | None:
    """The distribution of a default part; None for another default."""
    return default.type.partition(":")[0] if isinstance(default, ComponentDefault) else None


def reinstall(entry: Entry) -> str:
    """The remedy for a distribution that is not what its metadata says."""
    return f"reinstall {entry.distribution}, or remove it"
