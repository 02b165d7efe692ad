"""Faults of plugins in one sentence: place, component, distribution, and what was raised."""

import traceback
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any

import attrs

from seqrec_core.errors import PluginFaultError, RegistryError, SeqrecError
from seqrec_core.registry.component import LOCAL
from seqrec_core.registry.registry import Registry
from seqrec_core.spec.kinds import Spec

__all__ = ["PluginFaults"]


@attrs.frozen
class Built:
    """One component of a build: where its spec stands, the spec, and the object made of it."""

    path: str
    spec: Spec
    product: Any


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
        caller, *frames = [frame for frame, _ in traceback.walk_tb(trace)]
        owners = [self._owner(frame) for frame in frames]
        for depth in reversed(range(len(frames))):
            package = _top(frames[depth].f_globals.get("__name__", ""))
            is_callers = package == _top(caller.f_globals.get("__name__", ""))
            nearest = () if is_callers else (*reversed(owners[:depth]), *self.parts)
            same = (
                part for part in nearest if part and _top(type(part.spec).__module__) == package
            )
            if part := owners[depth] or next(same, None):
                subject = f"{part.path} ({origin(type(part.spec), self.registry)})"
                name = frames[depth].f_code.co_qualname.partition(".<")[0].rpartition(".")[2]
                raise PluginFaultError(f"{subject}: {failure(name, error)}") from error

    def _owner(self, frame: FrameType) -> Built | None:
        """The part whose method a frame runs."""
        subject = frame.f_locals.get("self", self)
        return next((part for part in self.parts if part.product is subject), None)


def failure(what: str, cause: Exception) -> str:
    """What failed and why, in one line, and how to see the rest."""
    lines = str(cause).strip().splitlines() or [""]
    said = lines[-1 if "Traceback" in str(cause) else 0].strip()  # a worker's ends with its error
    return f"{what} failed: {type(cause).__name__}: {said}; seqrec --debug shows the traceback"


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
