"""Watches how large tensors get."""

from collections.abc import Callable
from typing import Any

from seqrec_library_kernels.torch_internals import TorchDispatchMode, tree_leaves
from torch import Tensor

__all__ = ["LargestTensor"]


class LargestTensor(TorchDispatchMode):
    """Records the most elements that a tensor's memory holds while it is active."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = 0

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Runs an operation and looks at what it returns, views at what they are views of."""
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor):
                elements = leaf.untyped_storage().nbytes() // leaf.element_size()
                self.elements = max(self.elements, elements)
        return result
