"""Training on files one after the other, as they come: each is an epoch, and a fit of its own."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol, Self, runtime_checkable

import attrs
from rich.console import Console

from seqrec_core.bundle import WEIGHTS
from seqrec_core.contracts import Outcome, Run
from seqrec_core.errors import DataError, Fault, RegistryError, SpecError
from seqrec_core.places import shown
from seqrec_core.registry import Component, Registry
from seqrec_core.spec import Recipe
from seqrec_tool_run.assembly import Assembly
from seqrec_tool_run.watching import Watching

__all__ = ["Following", "Follows", "NamesStream", "check_follows", "endless"]

ENDLESS = 10**9  # epochs


@runtime_checkable
class Follows(Protocol):
    """A data module whose training rows are in files, which may come later; each is an epoch.

    Its loader of training is Resumable: the state says which files were read, and how far.
    """

    def has_more(self) -> bool:
        """Whether one is there that was not trained on; DataError where nobody can tell."""

    def begin(self, moved: Callable[[], None]) -> None:
        """Before a fit: `len` of the loader is that of the file to come, until the next `begin`.

        It is 1 where none is there: a run that goes on begins with a fit that loads its state.
        A pass over another file begins with `moved`, which raises: trainers ask for a length once.
        It does so too where a state that was loaded comes to another file.
        """


@runtime_checkable
class NamesStream(Protocol):
    """The spec of such a data module."""

    def stream_place(self) -> str:
        """Where files come: a path, or a URI."""


class _MovedOn(Exception):  # noqa: N818, since it is no error
    """The file of this fit was trained on."""


@attrs.frozen
class Following:
    """The fits of a run over files; `poll` seconds pass between two looks for new ones.

    Without `poll` the run ends with the files that are there. `fit` trains, from its checkpoint if
    it is told so. Weights that no validation chooses are kept after each file.
    """

    data: Follows
    place: str
    fit: Callable[[bool], Outcome]
    watching: Watching
    console: Console
    is_chosen: bool
    has_weights: Callable[[], bool]
    poll: float | None = None

    @classmethod
    def of(cls, assembly: Assembly, run: Run, watching: Watching, poll: float | None) -> Self:
        """Those of a run in a folder; SpecError for a trainer that keeps no checkpoint."""
        recipe, folder = assembly.recipe, run.folder
        assert recipe.trainer is not None
        assert folder is not None
        if not recipe.trainer.checkpoint:
            fault = "keeps no checkpoint, from which each file goes on; choose one that does"
            raise SpecError([Fault("trainer.type", fault)])
        assert isinstance(assembly.data, Follows)
        assert isinstance(recipe.data, NamesStream)
        return cls(
            assembly.data,
            recipe.data.stream_place(),
            lambda resume: assembly.trainer.fit(run, resume=resume),
            watching,
            run.console,
            is_chosen=bool(assembly.data.loaders("validate")),
            has_weights=(folder / WEIGHTS).is_file,
            poll=poll,
        )

    def run(self, resume: bool) -> Outcome:
        """Trains on what is there, and with `poll` on what comes; what came of it."""
        if not resume and self.poll is None and not self.data.has_more():
            raise DataError(
                f"data.stream, {shown(self.place)}, has no rows to train on; add a file, or wait "
                "for one with --follow"
            )
        with _sigterm_as_ctrl_c():
            comes = resume or self._comes()  # where a run stands is in its checkpoint alone
            while comes:
                self.data.begin(_move_on)
                try:
                    outcome = self.fit(resume)
                except _MovedOn:
                    self._keep_newest()
                    resume = resume or bool(self.watching.so_far().rows)
                    comes = self._comes()
                    continue
                if not outcome.interrupted:
                    self.console.print(
                        "the trainer ended the run, not the stream: trainer.max_epochs, or "
                        "patience, which counts files; null for both goes on",
                        highlight=False,
                    )
                return outcome
        if not self.watching.so_far().rows:
            self.console.print(
                f"no new file in {shown(self.place)}", highlight=False, soft_wrap=True
            )
        outcome = attrs.evolve(self.watching.so_far(), interrupted=self.poll is not None)
        return outcome if self.is_chosen else attrs.evolve(outcome, best=None)

    def _keep_newest(self) -> None:
        """Keeps the weights of the moment, unless a validation chooses them, or they are kept.

        A run that was killed may have a checkpoint of a file, and a bundle without it: then those
        of the checkpoint are kept, unless more files come, after which weights are kept anyway.
        """
        newest, outcome = self.watching.newest, self.watching.so_far()
        if newest is None or (self.is_chosen and self.has_weights()):
            return
        is_kept = (outcome.best or {}).get("epoch") == newest["epoch"]
        if outcome.rows or not self.has_weights() or not (is_kept or self._has_more()):
            self.watching.keep(newest)

    def _has_more(self) -> bool:
        """Whether a file that can be trained on is there."""
        try:
            return self.data.has_more()
        except DataError:  # which whoever asks next hears
            return False

    def _comes(self) -> bool:
        """Whether there is a file to train on; with `poll` one is waited for, until Ctrl-C."""
        if self.data.has_more():
            return True
        if self.poll is None:
            return False
        began = time.monotonic()
        self.console.print(
            f"waiting for files in {shown(self.place)}", highlight=False, soft_wrap=True
        )
        try:
            while not self.data.has_more():
                time.sleep(self.poll)
        except KeyboardInterrupt:
            return False
        waited = time.monotonic() - began
        self.console.print(f"a file has come after {waited:,.0f} s", highlight=False)
        return True


def check_follows(recipe: Recipe, registry: Registry) -> None:
    """Raises SpecError for a data module that does not follow files that come."""
    if recipe.data is None or isinstance(recipe.data, NamesStream):
        return
    name = registry.of_spec(type(recipe.data)).name
    able = [each.name for each in registry if each.kind == "datamodule" and _names_stream(each)]
    raise SpecError(
        [
            Fault(
                "data.type",
                f"{name!r} does not follow files that come later; leave out --follow, or choose "
                f"one that does: installed are {', '.join(able) or 'none'}",
            )
        ]
    )


def endless(recipe: Recipe) -> Recipe:
    """The recipe for as many epochs as there will be files, unless it sets how many."""
    trainer = recipe.trainer
    if trainer is None:
        return recipe
    settings: dict[str, Any] = attrs.asdict(trainer, recurse=False)
    if "max_epochs" in settings and settings["max_epochs"] is None:
        changes: dict[str, Any] = {"max_epochs": ENDLESS}
        return attrs.evolve(recipe, trainer=attrs.evolve(trainer, **changes))
    return recipe


def _names_stream(component: Component) -> bool:
    try:
        return issubclass(component.spec, NamesStream)
    except RegistryError:  # a broken plugin breaks only what uses it
        return False


def _move_on() -> NoReturn:
    raise _MovedOn


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """SIGTERM does what Ctrl-C does, between two fits too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
