"""What every conformance suite is: checks of one component, and the exceptions it declares."""

import difflib
import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest
import torch
from torch import Tensor

from seqrec_core.reading.codec import dump
from seqrec_core.schema import TensorFeatureInfo
from seqrec_core.session import registry
from seqrec_core.spec import Spec
from seqrec_tool_conformance.batches import drawn_column, features, padding_mask
from seqrec_tool_conformance.batches import raw_batch as raw_batch_of
from seqrec_tool_conformance.batches import worked_batch as worked_batch_of
from seqrec_tool_conformance.editions import check_edition
from seqrec_tool_conformance.folder import written_folder
from seqrec_tool_conformance.journey_recipes import placed, sasrec_recipe
from seqrec_tool_conformance.random_weights import draw_weights
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
    `edition`, such as "2.0", pins the suites: where a check that is newer fails, it is skipped and
    says so. "" is the newest.

    **Batches of one's own.** A component that reads more of a batch than item ids, `query_id` and
    the item features `tags`, `price` and `image` names the features in `columns`, as the schema
    has them. They come in every batch and in the data folder; those of events with random values,
    times rising. Override `events` for other values, and `data_folder` for a folder of other files:

        class TestDecay(EncoderConformance):
            component = "acme-decay:decay"
            columns = (TIMESTAMP,)  # TensorFeatureInfo("timestamp", FeatureType.NUMERICAL, …)

            def events(self, real, seed=0):
                return {**super().events(real, seed), "timestamp": …}  # (B, L), 0 where padded

    **Weights** are drawn at random, biases and scales too, and so are the floating-point buffers of
    the state dict; `fixed_buffers` names those that must stay, as `fnmatch` patterns.

    **The journey.** `test_every_command_runs` puts the component into a small recipe, at `place`,
    and runs the commands. Override `recipe` where it needs other company.
    """

    kind: ClassVar[str] = ""
    component: ClassVar[str] = ""
    spec: ClassVar[Spec | type[Spec] | None] = None
    settings: ClassVar[Mapping[str, Any]] = {}
    extra: ClassVar[Mapping[str, Any]] = {}
    exceptions: ClassVar[Mapping[str, str]] = {}
    edition: ClassVar[str] = ""
    columns: ClassVar[Sequence[TensorFeatureInfo]] = ()
    fixed_buffers: ClassVar[Sequence[str]] = ()
    place: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        check_edition(cls.edition)
        for name, reason in vars(cls).get("exceptions", {}).items():
            setattr(cls, name, _expected_to_fail(cls._check_named(name), reason))

    @classmethod
    def suite_of(cls, spec: type[Spec]) -> "type[Conformance]":
        """The suite for components of a spec class of this kind; a kind may have several."""
        return cls

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
        """A fresh object of the component; a module in evaluation mode, its weights random."""
        component = self.subject.build(seed=seed, dropout=dropout)
        if isinstance(component, torch.nn.Module):
            draw_weights(component.eval(), seed, self.fixed_buffers)
        return component

    def events(self, real: Tensor, seed: int = 0) -> dict[str, Tensor]:
        """The features of a batch for a padding mask (B, L), True at real events.

        Those of events are (B, L) or (B, L, n), padded as the schema says. What an event holds
        depends only on its user and its distance from the end; another `seed` gives other events.
        """
        further = {f.name: drawn_column(f, real, seed) for f in self.columns}
        return {**features(real, seed), **further}

    def raw_batch(self, seed: int = 0) -> dict[str, Tensor]:
        """A batch of `events` as it comes from the data module; see `batches.raw_batch`."""
        return raw_batch_of(seed, self.events(padding_mask(padding=3), seed))

    def worked_batch(self, seed: int = 0) -> dict[str, Tensor]:
        """A raw batch with the labels and masks that transforms add to it."""
        return worked_batch_of(seed, self.events(padding_mask(padding=3), seed))

    def data_folder(self) -> Path:
        """A prepared data folder of these batches' features; one for each suite, to write into."""
        return written_folder(self.columns, self.events)

    def recipe(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Plain data of a small recipe with the component, `raw`, in its place.

        Schema and data folder are filled in. Kinds of other authors say here where a component
        stands, unless `place` says it: a path in the recipe of SasRec.
        """
        if not self.place:
            raise TypeError(
                f"where does a {self.kind} stand in a spec? {type(self).__name__} does not say: "
                "override recipe(self, raw), or set place"
            )
        return placed(sasrec_recipe(), self.place, raw)

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
        return _subject(suite, cls, suite.settings)
    if isinstance(suite.spec, Spec):
        subject = _subject(suite, type(suite.spec), {})
        settings = dump(suite.spec, subject.registry)
        del settings["type"]
        return attrs.evolve(subject, settings={**settings, **suite.settings})
    if suite.spec is None:
        raise TypeError(
            f'{suite.__name__} names no component: set component = "distribution:name", or '
            "spec = YourSpec()"
        )
    return _subject(suite, suite.spec, suite.settings)


def _subject(suite: type[Conformance], cls: type[Spec], settings: Mapping[str, Any]) -> Subject:
    folder = functools.cache(suite().data_folder)
    return Subject(cls, settings, suite.extra, suite.columns, folder)


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
