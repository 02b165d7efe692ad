"""Everything of torch that is not public and that seqrec cannot do without, and why.

No other module names these. A test looks at each, so that a torch that moves one is noticed by
the test and not by a user.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    DynamicOutputShapeException,
    FakeTensor,
    FakeTensorMode,
)
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils.flop_counter import flop_registry

__all__ = [
    "NUMBER_OF",
    "DataDependentOutputException",
    "DynamicOutputShapeException",
    "FakeTensor",
    "FakeTensorMode",
    "RowSparse",
    "TorchDispatchMode",
    "flop_formula",
    "leave_out_of_replicas",
    "multiply",
    "native_cross_entropy",
    "norms",
    "storage_key",
    "tree_leaves",
    "tree_map_only",
    "uncompiled",
    "writes_to",
]

T = TypeVar("T")

# TorchDispatchMode sees every operation: how large tensors get, what a step would take.
# FakeTensor is a tensor without memory, for planning; its exceptions say where values are needed.
# tree_leaves and tree_map_only reach the tensors in the arguments of an operation.

NUMBER_OF = torch.ops.aten._local_scalar_dense.default
"""The operation behind `int(tensor)`, `tensor.item()` and `if tensor:`; it has no public name."""


class RowSparse:
    """Operations on row-sparse tensors (V, D), such as gradients of embeddings, by what they do.

    Rows are stored as indices (1, M) and values (M, D). Imagined tensors forget theirs, so who
    counts them looks at these; none but `merge` has a public name that takes repeated rows.
    """

    make = torch.ops.aten._sparse_coo_tensor_with_dims_and_tensors.default  # 4th, 5th: the rows
    of_bags = torch.ops.aten._embedding_bag_backward.default  # of a gradient (B, D) and ids (M,)
    indices = (torch.ops.aten._indices.default, torch.ops.aten.indices.default)
    values = (torch.ops.aten._values.default, torch.ops.aten.values.default)
    count = torch.ops.aten._nnz.default
    merge = torch.ops.aten._coalesce.default
    is_merged = torch.ops.aten.is_coalesced.default


native_cross_entropy: Callable[..., Tensor] | None = getattr(F, "linear_cross_entropy", None)
"""torch's own cross-entropy that holds few logits; None before torch 2.13."""


def uncompiled(module: T) -> T:
    """The module beneath `torch.compile`, or the module itself: its wrapper hides `forward`."""
    return getattr(module, "_orig_mod", module)


def leave_out_of_replicas(module: nn.Module, parameters: list[str]) -> None:
    """Has DistributedDataParallel, which is yet to wrap a module, leave these parameters alone."""
    DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(module, parameters)


def norms(tensors: list[Tensor]) -> Tensor:
    """The norm of each tensor, of one kernel for all; torch has `get_total_norm` since 2.6."""
    return torch.stack(torch._foreach_norm(tensors))


def multiply(tensors: list[Tensor], factor: Tensor) -> None:
    """Multiplies tensors, in place, by a number on their device, of one kernel for all."""
    torch._foreach_mul_(tensors, factor)


def writes_to(tensor: Tensor) -> int:
    """How often a tensor was written to in place: what is computed from it is stale after that.

    Raises RuntimeError for a tensor of inference mode, which is not counted.
    """
    return tensor._version


def storage_key(tensor: Tensor) -> int:
    """A number that is equal for tensors that share their memory, also where it is imagined."""
    key: int = tensor.untyped_storage()._cdata
    return key


def flop_formula(operation: Any) -> Callable[..., int] | None:
    """How many floating-point operations an operation does, None where nobody counts.

    The formula takes the arguments of the operation, and its result as `out_val`. An operation
    that works in place has that of the one that does not. torch's own counter sees operations
    only where it is alone, and has no formulas for those in place.
    """
    operator = operation._overloadpacket
    name = operator.__name__
    if operator not in flop_registry and name.endswith("_"):
        operator = getattr(torch.ops.aten, name.rstrip("_"), operator)
    formula: Callable[..., int] | None = flop_registry.get(operator)
    return formula
