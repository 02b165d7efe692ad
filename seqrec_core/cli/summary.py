"""The parts of a built model as a table: where from, output shape, parameters, memory."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from seqrec_core.build import Built
from seqrec_core.errors import BuildError
from seqrec_core.schema import FeatureType, TensorFeatureInfo, TensorSchema
from seqrec_core.session import registry
from seqrec_core.spec.recipe import Recipe
from seqrec_core.terminal import table

if TYPE_CHECKING:
    import torch

__all__ = ["example_features", "output_shapes", "summary"]

_BATCH = 2


def summary(model: "torch.nn.Module", recipe: Recipe, trace: Sequence[Built]) -> Table:
    """One row a component, parts indented below what holds them."""
    import torch

    length = recipe.model.history_length() or 50
    shapes = output_shapes(model, recipe.schema.tensor_schema(), length, trace)
    rows = table("component", "from", "output", "parameters", "memory", right=3)
    for built in sorted(trace, key=lambda built: built.path.split(".")):
        component = registry.of_spec(type(built.spec))
        modules = built.product if isinstance(built.product, torch.nn.Module) else None
        rows.add_row(
            "  " * built.path.count(".") + f"{built.path.rpartition('.')[2]}: {component.name}",
            f"{component.distribution} {component.version}",
            shapes.get(built.path, ""),
            f"{_count(modules):,}" if modules else "",
            _size(_bytes(modules)) if modules else "",
        )
    return rows


def _count(module: "torch.nn.Module") -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _bytes(module: "torch.nn.Module") -> int:
    tensors = [*module.parameters(), *module.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


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
        built.product.register_forward_hook(_recorder(shapes, built.path))
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
            f"{type(cause).__name__}: {cause}"
        ) from cause
    finally:
        model.train(was_training)
        for handle in handles:
            handle.remove()
    return shapes


def _recorder(shapes: dict[str, str], path: str) -> Callable[..., None]:
    import torch

    def record(module: Any, arguments: Any, output: Any) -> None:
        tensor = output.get("logits") if isinstance(output, dict) else output
        if isinstance(tensor, torch.Tensor):
            sizes = [
                "B" if size == _BATCH and i == 0 else size for i, size in enumerate(tensor.shape)
            ]
            shapes[path] = "(" + ", ".join(str(size) for size in sizes) + ")"

    return record


def example_features(
    schema: TensorSchema, length: int, device: "torch.device | str"
) -> dict[str, "torch.Tensor"]:
    """A batch of valid values for every feature: zeros."""
    return {info.name: _zeros(info, length, device) for info in schema.all_features}


def _zeros(info: TensorFeatureInfo, length: int, device: "torch.device | str") -> "torch.Tensor":
    import torch

    shape = [_BATCH, length] if info.is_seq else [_BATCH]
    if info.feature_type is FeatureType.CATEGORICAL_LIST:
        shape.append(3)
    if info.feature_type is FeatureType.NUMERICAL_LIST:
        shape.append(info.tensor_dim or 1)
    dtype = torch.long if info.is_cat else torch.float32
    return torch.zeros(shape, dtype=dtype, device=device)
