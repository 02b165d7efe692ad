"""Whether all weights of a model are finite numbers."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

__all__ = ["finite_fault"]

_AT_ONCE = 2**22  # values


def finite_fault(model: "torch.nn.Module") -> str | None:
    """The first of the weights that has values that are no numbers; a mask may hold -inf."""
    parameters = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and not _is_finite(tensor):
            strange = ~tensor.isfinite()
            if name not in parameters:
                strange &= ~tensor.isneginf()
            if count := int(strange.sum()):
                return f"{count:,} of {tensor.numel():,} values of {name} are NaN or infinite"
    return None


def _is_finite(tensor: "torch.Tensor") -> bool:
    """Whether all values are finite; in parts, for a table of many rows is large enough itself."""
    return all(bool(part.isfinite().all()) for part in tensor.flatten().split(_AT_ONCE))
