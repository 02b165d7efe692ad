"""A table that evaluation computes once."""

from typing import Any

import torch
from torch import Tensor, nn

from seqrec_library_kernels.torch_internals import writes_to

__all__ = ["KeptTable"]


class KeptTable:
    """What was computed of all weights and buffers of a module, until one of them changes.

    It keeps nothing in training, with gradients or in a graph. PyTorch counts neither changes
    through `tensor.data` nor those of fused optimisers: whoever makes one calls `forget`, as
    `train()` and `eval()` of the module should.
    """

    def __init__(self) -> None:
        self._kept: tuple[Any, Tensor] | None = None

    def look_up(self, module: nn.Module) -> Tensor | None:
        """The table, unless something has changed since it was computed."""
        if self._kept is None or torch.compiler.is_compiling():
            return None
        if torch.is_grad_enabled():  # an optimiser step may follow that leaves no trace
            self._kept = None
            return None
        fingerprint, table = self._kept
        return table if fingerprint == _fingerprint(module) else None

    def keep(self, module: nn.Module, table: Tensor) -> None:
        """Keeps a table that was just computed, where that is allowed."""
        if not (module.training or torch.is_grad_enabled() or torch.compiler.is_compiling()):
            self._kept = (_fingerprint(module), table)

    def forget(self) -> None:
        """Keeps nothing any more."""
        self._kept = None

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles leave the table out."""
        return {"_kept": None}


def _fingerprint(module: nn.Module) -> list[Any]:
    """Changes with autocast, and when a tensor is written to in place, replaced or moved."""
    tensors = [*module.parameters(), *module.buffers()]
    device = tensors[0].device.type
    known = torch.amp.is_autocast_available(device)  # not on meta
    cast = known and torch.is_autocast_enabled(device) and torch.get_autocast_dtype(device)
    places = (
        (tensor.data_ptr(), -1 if tensor.is_inference() else writes_to(tensor))
        for tensor in tensors
    )
    return [cast, *places]
