"""Groups of batches that make one optimiser step: a short one, and one that is interrupted."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

import lightning
from lightning.pytorch.plugins.precision import MixedPrecision
from torch import Tensor, nn

from seqrec_trainer_lightning.lightning_internals import batches_begun

KEY = "seqrec_gradients"  # in a checkpoint: those of a group that has begun
MORE = "seqrec_more_batches"  # and how many more it has than Lightning counts


def weigh_short_group(
    trainer: lightning.Trainer, parameters: Iterable[nn.Parameter], more: int = 0
) -> None:
    """Makes the gradients of a group that the end of an epoch cut short a mean again, in place.

    Lightning divides each loss by `accumulate_grad_batches`, though the last group of an epoch may
    have fewer batches. That is mended before the gradients are clipped. A strategy that
    accumulates by itself makes no step of such a group. `more` are batches of this one that are
    not in Lightning's count, which another number of processes began elsewhere.
    """
    whole = trainer.accumulate_grad_batches
    size = (batches_begun(trainer) % whole or whole) + more
    if size == whole or trainer.strategy.handles_gradient_accumulation:
        return
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.mul_(whole / size)


def begun_gradients(
    trainer: lightning.Trainer,
    module: nn.Module,
    apart: Collection[str] = (),
    kept: Mapping[str, Tensor] = MappingProxyType({}),
) -> dict[str, Tensor]:
    """Gradients of a group that has begun, by parameter; nothing between two groups.

    Of several processes each has its own: the result is their mean, which all go on with, and
    which comes to the same step. Those of parameters `apart` are this process's own. `kept` are
    those that the group will have added at its step.
    """
    between = not kept and batches_begun(trainer) % trainer.accumulate_grad_batches == 0
    if between or trainer.is_last_batch or trainer.strategy.handles_gradient_accumulation:
        return {}
    gradients = {
        name: parameter.grad.detach().clone()
        for name, parameter in module.named_parameters()
        if parameter.grad is not None
    }
    if trainer.world_size > 1:
        for name, gradient in gradients.items():
            if name not in apart:
                gradients[name] = trainer.strategy.reduce(gradient.to_dense(), reduce_op="mean")
    return {**gradients, **{name: kept[name] + gradients.get(name, 0) for name in kept}}


def put_gradients(module: nn.Module, gradients: dict[str, Tensor]) -> None:
    """Begins with gradients of `begun_gradients`."""
    parameters = dict(module.named_parameters())
    for name, gradient in gradients.items():
        parameters[name].grad = gradient.to(parameters[name].device, copy=True)


def add_gradients(
    trainer: lightning.Trainer, module: nn.Module, gradients: Mapping[str, Tensor]
) -> None:
    """Adds gradients of `begun_gradients` to those of a step, which are unscaled by then."""
    precision = trainer.precision_plugin
    scaler = precision.scaler if isinstance(precision, MixedPrecision) else None
    scale = 1.0 if scaler is None else scaler.get_scale()
    parameters = dict(module.named_parameters())
    for name, gradient in gradients.items():
        parameter, more = parameters[name], gradient.to(parameters[name].device) / scale
        parameter.grad = more if parameter.grad is None else parameter.grad + more
