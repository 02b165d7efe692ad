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

__all__ = [
    "FinishedRun",
    "hookimpl",
    "seqrec_model_built",
    "seqrec_run_finished",
    "seqrec_spec_resolved",
]

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
    """Sees every spec that is resolved; raise SpecError to reject it."""


@hookspec
def seqrec_model_built(model: "torch.nn.Module", recipe: Recipe) -> None:
    """Sees every model that is built, before it is used; may change it in place."""


@hookspec
def seqrec_run_finished(bundle: FinishedRun) -> None:
    """Sees the bundle of every finished training run."""
