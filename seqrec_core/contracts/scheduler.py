"""What makes a learning-rate schedule."""

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

__all__ = ["BaseLRSchedulerFactory", "KnowsSteps"]


@runtime_checkable
class BaseLRSchedulerFactory(Protocol):
    """Makes the learning-rate schedule once the optimiser is known."""

    def create(self, optimizer: "Optimizer") -> "LRScheduler | dict[str, Any]":
        """A schedule that steps each epoch, or a dict that says when it does.

        The dict has the keys of Lightning's `lr_scheduler` dict: `scheduler`, and if need be
        `interval` ("epoch", by default, or "step"), `frequency`, and `monitor`, the metric that a
        schedule such as ReduceLROnPlateau looks at.
        """


@runtime_checkable
class KnowsSteps(Protocol):
    """Makes a schedule that depends on how long the training is."""

    def create_for_steps(
        self, optimizer: "Optimizer", num_steps: int
    ) -> "LRScheduler | dict[str, Any] | None":
        """As `create`, for a training of so many optimiser steps; callers prefer it."""
