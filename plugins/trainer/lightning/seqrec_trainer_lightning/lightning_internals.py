"""Everything of Lightning that is not in its documented API and that seqrec cannot do without.

No other module names these. A test runs each, so that a Lightning that moves one is noticed by
the test and not by a user.
"""

import math

import lightning
from lightning.pytorch.callbacks import WeightAveraging


def batches_begun(trainer: lightning.Trainer) -> int:
    """Batches of the epoch that training has begun, those before a resumption included.

    Hooks of batches are told an index; those of epochs and validations, which write rows of the
    history and draw the bar, are not.
    """
    return trainer.fit_loop.epoch_loop.batch_progress.current.ready


def stand_at_batch(trainer: lightning.Trainer, number: int) -> None:
    """Has an epoch that training goes on with count from another number of batches on.

    As `on_train_start` runs, Lightning has the counts of the checkpoint and has not used them yet.
    """
    counts = trainer.fit_loop.epoch_loop.batch_progress.current
    moved = number - counts.ready
    for name in ("ready", "started", "processed", "completed"):
        setattr(counts, name, getattr(counts, name) + moved)


def validates_after(trainer: lightning.Trainer, batch_idx: int) -> bool:
    """Whether the batch of this index is one that a validation follows, if the run has any.

    An interruption waits for it. `val_check_interval`, which is documented, is a share of an epoch
    or a number of batches; the loop alone knows how many batches it came to.
    """
    return (batch_idx + 1) % (trainer.val_check_batch or math.inf) == 0


def returns_predictions(trainer: lightning.Trainer) -> bool:
    """Whether `Trainer.predict` collects the predictions, as its caller chose.

    The module is not told, and must not hand out logits that wait for a reader then.
    """
    return trainer.predict_loop.return_predictions


def swap_average(averaging: WeightAveraging, module: lightning.LightningModule) -> None:
    """Exchanges the weights of a module and their average; nothing where there is none yet.

    Lightning does so around `on_validation_epoch_end`, which is too early for callbacks that keep
    weights in `on_validation_end`.
    """
    if averaging._average_model is not None:
        averaging._swap_models(module)


def leave_average(averaging: WeightAveraging, module: lightning.LightningModule) -> None:
    """Writes the average into the weights of a module; nothing where there is none yet.

    Lightning does so where training ends, but not where it is interrupted.
    """
    if averaging._average_model is not None:
        averaging._copy_average_to_current(module)
