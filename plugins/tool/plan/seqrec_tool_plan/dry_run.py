"""Runs torch code without its floats: only what they would take is counted.

Tensors of floats are imagined: they have a shape, a dtype and the device "cpu", and no memory.
Integers and booleans, which say how many targets a batch has and which items are different, are
computed. So code takes the branches that it takes on a CPU, chunk by chunk, and every tensor of
it comes into being and goes, whatever the size of the catalogue.
"""

import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import attrs
import torch
from seqrec_library_kernels.torch_internals import (
    NUMBER_OF,
    DataDependentOutputException,
    DynamicOutputShapeException,
    FakeTensor,
    FakeTensorMode,
    TorchDispatchMode,
    flop_formula,
    storage_key,
    tree_leaves,
    tree_map_only,
)
from torch import Tensor

from seqrec_core.errors import SeqrecError
from seqrec_tool_plan.sparse_rows import SparseRows

T = TypeVar("T")

_MOST_COMPUTED = 2**26  # elements; larger tensors of integers are imagined too
_VALUE_DEPENDENT = (DataDependentOutputException, DynamicOutputShapeException)
_aten = torch.ops.aten


@attrs.frozen
class Largest:
    """The largest tensor so far, and the phase in which it came into being."""

    nbytes: int = 0
    shape: tuple[int, ...] = ()
    dtype: str = ""
    phase: str = ""


class DryRun(TorchDispatchMode):
    """Counts, while it is active, the bytes of all tensors that are alive.

    `live` are the bytes now, `peak` the most since the last `restart`, reached in `peak_phase`;
    `flops` counts floating-point operations of matrix products and convolutions since then.
    `phase` is the caller's name for what goes on. What kernels allocate for themselves is not
    seen. Where a number of imagined values would have to be known, the worst case is taken:
    every element counts, and a number that is asked for is 1.

    Raises SeqrecError for code whose shapes depend on imagined values in other ways.
    """

    def __init__(self) -> None:
        TorchDispatchMode.__init__(self)
        self.phase = ""
        self.live = self.peak = self.flops = 0
        self.peak_phase = ""
        self.largest = Largest()
        self._imagination = FakeTensorMode()
        self._sparse = SparseRows()
        self._held: dict[int, tuple[int, Any]] = {}  # bytes of each storage, and a weak reference

    def restart(self) -> None:
        """Forgets the peak and the operations so far; what is alive stays."""
        self.peak, self.peak_phase, self.flops = self.live, self.phase, 0

    def take(self, values: T) -> T:
        """The same nested tensors, alive here from now on, their floats imagined."""

        def one(tensor: Tensor) -> Tensor:
            tensor = self._imagined(tensor) if tensor.is_floating_point() else tensor
            self.note(tensor)
            return tensor

        tensors: T = tree_map_only(Tensor, one, values)
        return tensors

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Does or imagines one operation and takes note of what it returns."""
        kwargs = kwargs or {}
        result = self._run(func, args, kwargs)
        if formula := flop_formula(func):
            self.flops += formula(*args, **kwargs, out_val=result)
        self._see_peak()
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor):
                self.note(leaf)
        if func is not _aten.add.Tensor or torch.is_grad_enabled():
            self._see_peak()  # else autograd may add gradients, which it does in place if it can
        return result

    def nbytes(self, tensor: Tensor) -> int:
        """Bytes of a tensor, of indices and values where it is row-sparse."""
        return sum(part.untyped_storage().nbytes() for part in self._sparse.parts(tensor))

    def _run(self, func: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
        if (answer := self._sparse.look_up(func, args)) is not None:
            return answer
        result = self._computed(func, args, kwargs)
        self._sparse.follow(func, args, result)
        return result

    def _computed(self, func: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        imagined = [tensor for tensor in tensors if isinstance(tensor, FakeTensor)]
        try:
            result = self._imagine(func, args, kwargs, mixed=len(imagined) < len(tensors))
        except _VALUE_DEPENDENT as cause:
            return self._guess(func, args, cause) if imagined else func(*args, **kwargs)
        if not imagined and all(_is_computed(leaf) for leaf in tree_leaves(result)):
            return func(*args, **kwargs)
        return result

    def _imagine(
        self, func: Callable[..., Any], args: Any, kwargs: dict[str, Any], mixed: bool = True
    ) -> Any:
        if mixed:
            args, kwargs = tree_map_only(Tensor, self._imagined, (args, kwargs))
        if "generator" in kwargs:  # it draws real numbers
            kwargs = {**kwargs, "generator": None}
        with self._imagination:
            return func(*args, **kwargs)

    def _imagined(self, tensor: Tensor) -> Tensor:
        is_imagined = isinstance(tensor, FakeTensor)
        return tensor if is_imagined else self._imagination.from_tensor(tensor)

    def _guess(self, func: Any, args: Any, cause: Exception) -> Any:
        """What an operation that depends on imagined values returns at most."""
        if func is NUMBER_OF:
            return 1.0 if args[0].is_floating_point() else 1
        if func is _aten.nonzero.default:
            return self._all_places(args[0])
        if func is _aten.index.Tensor:
            places = [place for index in args[1] for place in self._places(index)]
            return self._imagine(func, (args[0], places), {})
        raise SeqrecError(
            f"the shapes of a step depend on the values of {func}, which a plan does not compute; "
            "measure a run of it instead"
        ) from cause

    def _places(self, index: Tensor | None) -> Sequence[Tensor | None]:
        """An index without boolean masks, which become the places where they are True."""
        if index is None or index.dtype is not torch.bool:
            return [index]
        is_known = not isinstance(index, FakeTensor)
        return (index.nonzero() if is_known else self._all_places(index)).unbind(1)

    def _all_places(self, mask: Tensor) -> Tensor:
        with self._imagination:
            return torch.empty(mask.numel(), mask.dim(), dtype=torch.int64)

    def note(self, tensor: Tensor) -> None:
        """Counts a tensor, made while this was active or not, until it goes."""
        if tensor.layout is torch.sparse_coo:
            for part in self._sparse.parts(tensor):
                self.note(part)
            return
        storage = tensor.untyped_storage()
        key, nbytes = storage_key(tensor), storage.nbytes()
        before, reference = self._held.get(key, (0, None))
        reference = reference or weakref.ref(storage, lambda _: self._drop(key))
        self._held[key] = nbytes, reference
        self.live += nbytes - before
        if nbytes > self.largest.nbytes:
            dtype = str(tensor.dtype).removeprefix("torch.")
            self.largest = Largest(nbytes, tuple(tensor.shape), dtype, self.phase)

    def _see_peak(self) -> None:
        if self.live > self.peak:
            self.peak, self.peak_phase = self.live, self.phase

    def _drop(self, key: int) -> None:
        self.live -= self._held.pop(key)[0]


def _is_computed(value: Any) -> bool:
    """Whether a result is small enough, and of a type, to be computed."""
    if not isinstance(value, Tensor):
        return True
    return not (value.is_floating_point() or value.is_complex() or value.numel() > _MOST_COMPUTED)
