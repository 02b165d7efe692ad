"""Reads the weights of a checkpoint, and nothing else of it."""

import pickle
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from seqrec_core.errors import SeqrecError

__all__ = ["Ignored", "read_weights"]


class Ignored:
    """Stands for whatever is no weight: settings, optimiser factories."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Takes any arguments and drops them."""
        return super().__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keeps nothing."""

    def __setstate__(self, state: Any) -> None:
        """Keeps nothing."""


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a state dict, or of the "state_dict" of a Lightning checkpoint, by name.

    No code of the checkpoint runs: objects of other classes than tensors are left out. Raises
    SeqrecError for a file that is no checkpoint.
    """
    try:
        others = get_unsafe_globals_in_checkpoint(str(path))
        with safe_globals([(Ignored, name) for name in others]):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as cause:
        raise SeqrecError(f"{path} cannot be read as a checkpoint of torch: {cause}") from cause
    state = content.get("state_dict", content) if isinstance(content, dict) else None
    if not isinstance(state, dict):
        raise SeqrecError(f"{path} holds a {type(content).__name__}; a state dict is needed")
    weights = {name: value for name, value in state.items() if isinstance(value, Tensor)}
    if not weights:
        raise SeqrecError(f"{path} holds no weights; its keys are {', '.join(map(str, state))}")
    return weights
