"""The module of its author, beneath what torch wraps around modules."""

from typing import Any, TypeVar, cast

from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel

from seqrec_library_kernels.torch_internals import uncompiled

__all__ = ["is_compiled", "unwrap"]

T = TypeVar("T")


def unwrap(module: T) -> T:
    """What torch.compile, DistributedDataParallel and AveragedModel wrap, however deep.

    Wrappers lack the methods of what they wrap, or hide them: abilities are asked of the inside,
    `isinstance(unwrap(part), LastState)`. What is wrapped by nothing comes back as it is.
    """
    while (inner := _inside(module)) is not module:
        module = inner
    return module


def is_compiled(module: object) -> bool:
    """Whether torch.compile is among the wrappers: calls that leave it out lose its speed."""
    while uncompiled(module) is module:
        if (inner := _inside(module)) is module:
            return False
        module = inner
    return True


def _inside(module: T) -> T:
    """What the outermost wrapper holds; the module itself where there is none."""
    inner: Any = uncompiled(module)
    if isinstance(inner, (DistributedDataParallel, AveragedModel)):
        inner = inner.module
    return cast("T", inner)
