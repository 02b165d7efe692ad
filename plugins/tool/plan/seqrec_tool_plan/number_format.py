"""The number format of a training, by the names that trainers give it."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor

_WHOLE = {
    "64-true": torch.float64,
    "32-true": torch.float32,
    "16-true": torch.float16,
    "bf16-true": torch.bfloat16,
}
_MIXED = {"16-mixed": torch.float16, "bf16-mixed": torch.bfloat16}


class NumberFormat:
    """What weights, batches and computation are in: `bf16-true`, `16-mixed` and so on.

    A name that is not known is taken for 32-true, and `is_known` is False.
    """

    def __init__(self, name: str):
        self.is_known = name in _WHOLE or name in _MIXED
        self.dtype = _WHOLE.get(name, torch.float32)
        self.mixed_dtype = _MIXED.get(name)

    def weights(self) -> AbstractContextManager[None]:
        """Within it, modules are made in this format."""
        return _default_dtype(self.dtype)

    def step(self) -> AbstractContextManager[Any]:
        """Within it, models compute in this format."""
        if self.mixed_dtype is None:
            return nullcontext() if self.dtype is torch.float32 else _default_dtype(self.dtype)
        return torch.autocast("cpu", dtype=self.mixed_dtype)

    def batch(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The batch, which may have groups, with its floats in the format of the weights."""
        return {name: self._converted(value) for name, value in values.items()}

    def _converted(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self.batch(value)
        is_float = isinstance(value, Tensor) and value.is_floating_point()
        return value.to(self.dtype) if is_float else value


@contextmanager
def _default_dtype(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
