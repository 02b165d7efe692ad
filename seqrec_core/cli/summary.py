"""The parts of a built model as a table: where from, output shape, parameters, memory."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.table import Table

from seqrec_core.build import Built
from seqrec_core.errors import BuildError, words_of
from seqrec_core.schema import TensorSchema
from seqrec_core.session import registry
from seqrec_core.spec.recipe import Recipe
from seqrec_core.terminal import table

if TYPE_CHECKING:
    import torch

_BATCH = 2


def summary(model: "torch.nn.Module", recipe: Recipe, trace: Sequence[Built]) -> Table:
    """One row a component, parts indented below what holds them."""
    import torch

    length = recipe.model.history_length() or 50
    shapes = output_shapes(model, recipe.schema.tensor_schema(), length, trace)
    rows = table("component", "from", "output", "parameters", "memory", right=3)
    for built in sorted(trace, key=lambda built: built.path.split(".")):
        component = registry.of_spec(type(built.spec))
        part = "  " * built.path.count(".") + f"{built.path.rpartition('.')[2]}: {component.name}"
        place = f"{component.distribution} {component.version}"
        if isinstance(built.product, torch.nn.Module):
            weights = list(built.product.parameters())
            memory = _size(sum(t.nbytes for t in (*weights, *built.product.buffers())))
            count = f"{sum(weight.numel() for weight in weights):,}"
            rows.add_row(part, place, shapes.get(built.path, ""), count, memory)
        else:
            rows.add_row(part, place)
    return rows


def _size(size: float) -> str:
    for unit in ("B", "KB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"


def output_shapes(
    model: "torch.nn.Module", schema: TensorSchema, length: int, trace: Sequence[Built]
) -> dict[str, str]:
    """Shape of what each component returns in evaluation, by path, found by one small pass.

    Raises BuildError if the model does not run.
    """
    import torch

    shapes: dict[str, str] = {}
    handles = [
        built.product.register_forward_hook(partial(_record, shapes, built.path))
        for built in trace
        if isinstance(built.product, torch.nn.Module)
    ]
    was_training = model.training
    device = next((parameter.device for parameter in model.parameters()), "cpu")
    try:
        with torch.no_grad():
            model.eval()(
                feature_tensors=example_features(schema, length, device),
                padding_mask=torch.ones(_BATCH, length, dtype=torch.bool, device=device),
            )
    except Exception as cause:
        raise BuildError(
            f"model: {type(model).__name__} does not run on a batch of zeros of its schema: "
            f"{words_of(cause)}"
        ) from cause
    finally:
        model.train(was_training)
        for handle in handles:
            handle.remove()
    return shapes


def _record(shapes: dict[str, str], path: str, module: Any, arguments: Any, output: Any) -> None:
    import torch

    tensor = output.get("logits") if isinstance(output, dict) else output
    if isinstance(tensor, torch.Tensor):
        first = ["B" if size == _BATCH else str(size) for size in tensor.shape[:1]]
        shapes[path] = f"({', '.join([*first, *map(str, tensor.shape[1:])])})"


def example_features(
    schema: TensorSchema, length: int, device: "torch.device | str"
) -> dict[str, "torch.Tensor"]:
    """A batch of valid values for every feature: zeros."""
    import torch

    batch = {}
    for info in schema.all_features:
        shape = [_BATCH, length] if info.is_seq else [_BATCH]
        if info.is_list:
            shape.append(3 if info.is_cat else info.tensor_dim or 1)
        dtype = torch.long if info.is_cat else torch.float32
        batch[info.name] = torch.zeros(shape, dtype=dtype, device=device)
    return batch
