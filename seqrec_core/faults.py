"""Faults of plugins in one sentence: place, component, distribution, and what was raised."""

import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from types import ModuleType, TracebackType
from typing import Any, NamedTuple

import attrs

from seqrec_core.errors import PluginFaultError, RegistryError, SeqrecError, words_of
from seqrec_core.registry.component import LOCAL
from seqrec_core.registry.registry import Registry
from seqrec_core.spec.record import Spec

__all__ = ["PluginFaults"]

_IN_A_WORKER = "Original Traceback"  # torch puts that of another process into the message


@attrs.frozen
class Built:
    """One component of a build: where its spec stands, the spec, and the object made of it."""

    path: str
    spec: Spec
    product: Any


class _Call(NamedTuple):
    """A function that was running: its package, its name, the part whose method it is, if any."""

    package: str
    name: str
    owner: Built | None


class PluginFaults:
    """Around code that uses built parts: what one of them raises becomes a PluginFaultError.

    `parts` may still grow. Errors of seqrec, warnings and what no component raised go through.
    """

    def __init__(self, parts: Sequence[Built], registry: Registry):
        self.parts = parts
        self.registry = registry

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _: object, error: BaseException | None, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception) or isinstance(error, SeqrecError | Warning):
            return
        caller, *calls = self._calls(error, trace)
        while calls:
            package, name, owner = calls.pop()
            suspects = [owner] if owner else []
            if not owner and package != caller.package:
                nearest = [call.owner for call in reversed(calls) if call.owner]
                suspects = _of(package, nearest)[:1] or _of(package, self.parts)
            if suspects:
                names = [f"{p.path} ({origin(type(p.spec), self.registry)})" for p in suspects]
                raise PluginFaultError(f"{' or '.join(names)}: {failure(name, error)}") from error

    def _calls(self, error: Exception, trace: TracebackType | None) -> Iterator[_Call]:
        """What was running, the innermost last."""
        for frame, _ in traceback.walk_tb(trace):
            subject = frame.f_locals.get("self", self)
            owner = next((part for part in self.parts if part.product is subject), None)
            names = [n for n in frame.f_code.co_qualname.split(".") if not n.startswith("<")]
            yield _Call(_top(frame.f_globals.get("__name__", "")), ["call", *names][-1], owner)
        said = words_of(error)
        if _IN_A_WORKER in said:
            modules = [(n, m) for n, m in [*sys.modules.items()] if isinstance(m, ModuleType)]
            owners = {vars(module).get("__file__"): name for name, module in modules}
            for file, name in re.findall(r'File "(.+)", line \d+, in (\S+)', said):
                yield _Call(_top(owners.get(file, "")), name, None)


def _of(package: str, parts: Sequence[Built]) -> list[Built]:
    """Those of these parts whose specs come from a package."""
    return [part for part in parts if _top(type(part.spec).__module__) == package]


def failure(what: str, cause: Exception) -> str:
    """What failed and why, in one line, and how to see the rest."""
    said = words_of(cause)
    line = said.splitlines()[-1 if _IN_A_WORKER in said else 0].strip()  # there the error is last
    return f"{what} failed: {line}; seqrec --debug shows the traceback"


def origin(cls: type[Spec], registry: Registry) -> str:
    """A spec class in words: its component and distribution, where it has any."""
    try:
        component = registry.of_spec(cls)
    except RegistryError:
        return cls.__name__
    version = "" if component.distribution == LOCAL else f" {component.version}"
    return f"{component.kind} {component.name!r} of {component.distribution}{version}"


def _top(module: str) -> str:
    return module.partition(".")[0]
