"""How long training is and how often it validates, where the spec leaves that to the data."""

import math
from typing import NamedTuple

import lightning

from seqrec_trainer_lightning.specs import FEWEST_STEPS, STEPS_APART, USUAL_EPOCHS


class Extent(NamedTuple):
    """Epochs at most, and epochs between two validations."""

    max_epochs: int
    validate_every: float


def extent_of(
    max_epochs: int | None, validate_every: float | None, steps: int | None = None
) -> Extent:
    """What None comes to for an epoch of so many optimiser steps; None where nobody knows.

    Twenty epochs of a small set end before training has begun to converge: it gets as many as make
    FEWEST_STEPS. As their validations would then take most of the time, they come STEPS_APART,
    and the last epoch has one.
    """
    usual = Extent(max_epochs or USUAL_EPOCHS, float(validate_every or 1))
    if max_epochs is not None or not steps:
        return usual
    epochs = math.ceil(FEWEST_STEPS / steps)
    if epochs <= USUAL_EPOCHS:
        return usual
    every = float(validate_every or math.ceil(STEPS_APART / steps))
    whole = max(int(every), 1)
    return Extent(math.ceil(epochs / whole) * whole, every)


def stretch(trainer: lightning.Trainer, extent: Extent) -> None:
    """Gives a trainer its extent before training begins; above 1 epochs lie between validations."""
    trainer.fit_loop.max_epochs = extent.max_epochs
    trainer.check_val_every_n_epoch = max(int(extent.validate_every), 1)
