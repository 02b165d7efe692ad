"""Weights that are nobody's first ones, so that nothing can be left out unnoticed.

A bias of 0 and a scale of 1 hide that a shortcut forgets them.
"""

from collections.abc import Iterable
from fnmatch import fnmatch

import torch
from torch import Tensor, nn

from seqrec_tool_conformance.batches import seeded

__all__ = ["draw_weights"]


def draw_weights(module: nn.Module, seed: int, fixed_buffers: Iterable[str] = ()) -> None:
    """Moves every floating-point parameter, and buffer of the state dict, by a random amount.

    Numbers are multiplied by .7 to 1.3, which leaves their sign; zeros become numbers of about .3,
    but for rows of nothing else in a table with other rows: those are padding. Buffers stay as
    they are if their name in the state dict fits one of `fixed_buffers`, patterns such as `*.mask`.
    """
    draw, patterns, kept = seeded(seed), tuple(fixed_buffers), module.state_dict().keys()
    held: dict[str, Tensor] = dict(module.named_parameters())
    for name, buffer in module.named_buffers():
        if name in kept and not any(fnmatch(name, pattern) for pattern in patterns):
            held[name] = buffer
    with torch.no_grad():
        for tensor in held.values():
            if tensor.is_floating_point():
                tensor.copy_(_moved(tensor, draw))


def _moved(tensor: Tensor, draw: torch.Generator) -> Tensor:
    factors = 0.7 + 0.6 * torch.rand(tensor.shape, generator=draw)
    noise = 0.3 * torch.randn(tensor.shape, generator=draw)
    moved = torch.where(tensor == 0, noise.to(tensor), tensor * factors.to(tensor))
    if tensor.dim() > 1:
        empty = (tensor == 0).flatten(1).all(1)
        if not empty.all():
            moved[empty] = 0
    return moved
