"""What every conformance suite is: checks of one component, and the exceptions it declares."""

import difflib
import functools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import attrs
import pytest
import torch

from seqrec_core.reading.codec import dump
from seqrec_core.session import registry
from seqrec_core.spec import Spec
from seqrec_tool_conformance.subject import SEED, Subject

__all__ = ["Conformance"]

Check = Callable[[Any], None]


class Conformance:
    """Checks of one component: subclass the suite of its kind and name the component.

        class TestGRU(EncoderConformance):
            component = "acme-gru:gru"
            exceptions = {"test_torch_export": "cuDNN kernels cannot be exported"}

    or, in one line, `TestGRU = conformance("encoder", "acme-gru:gru")`.

    `component` is a registered name, or `spec` a spec or its class. `settings` are settings to
    build it with, `extra` objects for `runtime` names that build does not supply. `exceptions`
    maps checks that the component fails on purpose to the reason; one that passes is an error.
    """

    kind: ClassVar[str] = ""
    component: ClassVar[str] = ""
    spec: ClassVar[Spec | type[Spec] | None] = None
    settings: ClassVar[Mapping[str, Any]] = {}
    extra: ClassVar[Mapping[str, Any]] = {}
    exceptions: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, reason in vars(cls).get("exceptions", {}).items():
            setattr(cls, name, _expected_to_fail(cls._check_named(name), reason))

    @classmethod
    def checks(cls) -> list[str]:
        """Names of the checks."""
        return [name for name in dir(cls) if name.startswith("test_")]

    @classmethod
    def _check_named(cls, name: str) -> Check:
        if name not in cls.checks():
            close = difflib.get_close_matches(name, cls.checks(), n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise TypeError(f"{cls.__name__}.exceptions names {name!r}, which is no check{hint}")
        check: Check = getattr(cls, name)
        return check

    @property
    def subject(self) -> Subject:
        """The component under test; made once for each suite."""
        suite: Any = type(self)
        return _subject_of(suite)

    def build(self, *, dropout: bool = False, seed: int = SEED) -> Any:
        """A fresh object of the component, in evaluation mode if it has one."""
        component = self.subject.build(seed=seed, dropout=dropout)
        return component.eval() if isinstance(component, torch.nn.Module) else component

    def inputs(self) -> dict[str, Any]:
        """What the component is called with; a fresh copy each time."""
        raise NotImplementedError

    def arguments(self, inputs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The inputs as arguments by position and by name."""
        return (), inputs

    def call(self, component: Any, inputs: dict[str, Any]) -> Any:
        """What the component makes of its inputs."""
        positional, named = self.arguments(inputs)
        return component(*positional, **named)

    def run(self, component: Any, inputs: dict[str, Any] | None = None, seed: int = SEED) -> Any:
        """`call` with the global random numbers of a seed."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return self.call(component, self.inputs() if inputs is None else inputs)


@functools.cache
def _subject_of(suite: type[Conformance]) -> Subject:
    if suite.component:
        cls = registry[suite.kind, suite.component].spec
        return Subject(cls, suite.settings, suite.extra)
    if isinstance(suite.spec, Spec):
        subject = Subject(type(suite.spec), {}, suite.extra)
        settings = dump(suite.spec, subject.registry)
        del settings["type"]
        return attrs.evolve(subject, settings={**settings, **suite.settings})
    if suite.spec is None:
        raise TypeError(
            f'{suite.__name__} names no component: set component = "distribution:name", or '
            "spec = YourSpec()"
        )
    return Subject(suite.spec, suite.settings, suite.extra)


def _expected_to_fail(check: Check, reason: str) -> Check:
    @functools.wraps(check)
    def expecting(self: Any) -> None:
        try:
            check(self)
        except Exception:
            pytest.xfail(reason)
        pytest.fail(
            f"{check.__name__} passes, but is declared an exception ({reason}); take it out of "
            f"exceptions",
            pytrace=False,
        )

    return expecting
