"""What the optimiser of an update begins with: its state in the run, for more items."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs
import torch
from seqrec_tool_run.assembly import Assembly
from torch import Tensor, nn

from seqrec_core.contracts import KeepsOptimizerState
from seqrec_core.errors import SeqrecError
from seqrec_core.spec import OptimizerSpec, Recipe
from seqrec_core.spec.fields import fields_of
from seqrec_tool_update.growth import Growth
from seqrec_tool_update.warm_start import enlarge

__all__ = ["OptimizerStart"]

State = Mapping[str, Mapping[str, Any]]


@attrs.frozen(eq=False)
class OptimizerStart:
    """The state by parameter, None where the optimiser begins anew; `said` is why, or what is."""

    state: State | None
    said: str

    @classmethod
    def of(cls, run: Path, before: Recipe, assembly: Assembly, growth: Growth) -> "OptimizerStart":
        """That of a run, whose recipe was `before`, for the model and trainer of an assembly."""
        try:
            _check_same(before, assembly.recipe)
            if not isinstance(assembly.trainer, KeepsOptimizerState):
                raise SeqrecError(f"{type(assembly.trainer).__name__} keeps no state of it")
            state = assembly.trainer.optimizer_state(run)
            return cls(grown_state(state, assembly.model, growth), "the optimiser goes on")
        except SeqrecError as reason:
            return cls(None, f"the optimiser began anew: {reason}")


@torch.no_grad()
def grown_state(state: State, model: nn.Module, growth: Growth) -> State:
    """The state for a model of more items: rows move as those of the weights do, new ones are 0.

    A tensor of fewer dimensions than its parameter goes along the first of them, as one number a
    row does; numbers, such as counts of steps, stay. Raises BundleError for other shapes.
    """
    sizes = {name: parameter.shape for name, parameter in model.named_parameters()}

    def grown(name: str, key: str, value: Any) -> Any:
        if not isinstance(value, Tensor) or not value.dim():
            return value
        larger = value.new_zeros(sizes[name][: value.dim()])
        enlarge(f"{key} of {name}", value, larger, growth)
        return larger

    return {
        name: {key: grown(name, key, value) for key, value in each.items()}
        for name, each in state.items()
        if name in sizes
    }


def _check_same(before: Recipe, after: Recipe) -> None:
    """Raises SeqrecError where the optimisers differ in more than numbers, or trainers in kind."""
    if type(before.trainer) is not type(after.trainer):
        raise SeqrecError("trainer differs from that of the run")
    for field in fields_of(type(after.trainer)):
        old, new = getattr(before.trainer, field.name), getattr(after.trainer, field.name)
        if isinstance(new, OptimizerSpec):
            for name in _differences(old, new):
                raise SeqrecError(f"trainer.{field.name}{name} differs from that of the run")


def _differences(old: Any, new: OptimizerSpec) -> Iterable[str]:
    """Fields of an optimiser, with a dot before, that are other than they were, and no numbers."""
    if type(old) is not type(new):
        yield ""
        return
    for field in fields_of(type(new)):
        values = getattr(old, field.name), getattr(new, field.name)
        if values[0] != values[1] and not all(map(_is_number, values)):
            yield f".{field.name}"


def _is_number(value: Any) -> bool:
    parts = value if isinstance(value, tuple) else (value,)
    return all(isinstance(each, int | float) and not isinstance(each, bool) for each in parts)
