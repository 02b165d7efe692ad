"""The events that plugins may listen to.

A listener is a torch-free module with functions marked `@hookimpl`, declared under the group of
entry points `seqrec.hooks`. Listeners add to what seqrec does; components and commands are found
by entry points of their own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pluggy

from seqrec_core.spec.recipe import Recipe

if TYPE_CHECKING:
    import torch

__all__ = ["FinishedRun", "hookimpl"]

PROJECT = "seqrec"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class FinishedRun(Protocol):
    """What a listener may ask of the bundle of a run."""

    path: Path

    @property
    def recipe(self) -> Recipe:
        """The resolved recipe that the run was made from."""

    @property
    def model(self) -> "torch.nn.Module":
        """The model with its best weights, in evaluation mode."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """What was measured, such as `validate/ndcg@10`."""

    @property
    def items(self) -> Path | None:
        """The file that maps item ids to the ids of the data, if there is one."""


@hookspec
def seqrec_spec_resolved(recipe: Recipe) -> None:
    """Checks every spec that is resolved; raises SpecError to reject it."""


@hookspec
def seqrec_change_model(model: "torch.nn.Module", recipe: Recipe) -> "torch.nn.Module | None":
    """Gives the model to use in place of the one built, or None to keep that.

    It may be the same one, changed. Weights of a bundle are read afterwards.
    """


@hookspec
def seqrec_model_built(model: "torch.nn.Module", recipe: Recipe) -> None:
    """Sees every model that is built, before it is used."""


@hookspec
def seqrec_run_finished(bundle: FinishedRun) -> None:
    """Sees the bundle of every finished training run."""
