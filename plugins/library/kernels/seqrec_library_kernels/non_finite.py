"""Where the first value stands that is not finite: in a batch, in weights, or among outputs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["Cell", "first_cell", "first_module", "first_parameter"]


class Cell(NamedTuple):
    """A value that is not finite: the dotted name of its tensor, its place there, and itself."""

    name: str
    place: tuple[int, ...]
    value: float


def first_cell(values: Any, name: str = "") -> Cell | None:
    """The first value that is not finite in the floating tensors of nested mappings, in order."""
    for path, tensor in _tensors(values, name):
        bad = ~tensor.detach().isfinite()
        if bad.any():
            index = tuple(bad.nonzero()[0].tolist())
            return Cell(path, index, float(tensor.detach()[index]))
    return None


@torch.no_grad()
def first_parameter(module: nn.Module, *, gradients: bool = False) -> str | None:
    """The name of the first parameter that has a value, or a gradient, that is not finite.

    One pass over all of them, and one wait for their device.
    """
    names, looks = [], []
    for name, parameter in module.named_parameters():
        tensor = parameter.grad if gradients else parameter
        if tensor is None or not tensor.is_floating_point():
            continue
        values = tensor.coalesce().values() if tensor.is_sparse else tensor
        if values.numel():
            names.append(name)
            looks.append(torch.stack(torch.aminmax(values)).isfinite().all())  # nan goes through
    if not looks:
        return None
    if len({look.device for look in looks}) > 1:
        looks = [look.cpu() for look in looks]
    are_fine = torch.stack(looks).tolist()
    return next((name for name, fine in zip(names, are_fine, strict=True) if not fine), None)


@torch.no_grad()
def first_module(model: nn.Module, call: Callable[[], Any]) -> str | None:
    """The dotted name of the first module whose output is not finite while `call` runs.

    That is nan or plus infinity: minus infinity is what masks are made of. "" is the model
    itself, whose parts gave finite outputs then; None where all was finite.
    """
    names: list[str] = []

    def hook(name: str) -> Callable[..., None]:
        def look(module: nn.Module, arguments: Any, output: Any) -> None:
            if not names and any(map(_is_bad, (tensor for _, tensor in _tensors(output, "")))):
                names.append(name)

        return look

    handles = [module.register_forward_hook(hook(name)) for name, module in model.named_modules()]
    try:
        call()
    finally:
        for handle in handles:
            handle.remove()
    return names[0] if names else None


def _is_bad(tensor: Tensor) -> bool:
    return bool((tensor.isnan() | tensor.isposinf()).any())


def _tensors(values: Any, name: str) -> Iterator[tuple[str, Tensor]]:
    """The dense floating tensors in mappings and sequences, each with its dotted name."""
    if isinstance(values, Tensor):
        if values.is_floating_point() and values.layout == torch.strided:
            yield name, values
    elif isinstance(values, Mapping):
        for key, value in values.items():
            yield from _tensors(value, f"{name}.{key}" if name else str(key))
    elif isinstance(values, tuple | list):
        for position, value in enumerate(values):
            yield from _tensors(value, f"{name}.{position}" if name else str(position))
