"""The training batch that a plan is made for: of the right shapes, with ids drawn at random.

Letters in shapes: B users, L positions.
"""

import torch
from torch import Tensor

from seqrec_core.build import Runtime, build_part
from seqrec_core.errors import Fault, SpecError
from seqrec_core.schema import TensorFeatureInfo, TensorSchema
from seqrec_core.spec import Recipe, Spec

_LIST_LENGTH = 3  # ids of an event's list, where the schema's tensor_dim does not say


def planned_batch(recipe: Recipe, real: float, users: int | None = None) -> dict[str, Tensor]:
    """A batch as the model takes it in training: drawn, then transformed as the spec says.

    A share `real` of the positions is real; `users` are by default those of a batch. Raises
    SpecError where the sizes of a batch are not in the spec.
    """
    if recipe.data is None:
        raise SpecError([Fault("data", 'missing; add {"type": "parquet", "folder": "…"}')])
    rows = _size("data.batch_size", recipe.data)
    length = _size("model.max_sequence_length", recipe.model)
    runtime = Runtime.of(recipe)
    specs = (recipe.data.transforms or {}).get("train", ())
    transforms = [build_part(spec, runtime, "data.transforms.train") for spec in specs]
    shift = max((getattr(transform, "shift", 0) for transform in transforms), default=0)
    batch = drawn_batch(runtime.schema, users or rows, length + shift, real)
    for transform in transforms:
        batch = transform(batch)
    return batch


def _size(place: str, spec: Spec) -> int:
    size = getattr(spec, place.rpartition(".")[2], None)
    if not isinstance(size, int):
        raise SpecError([Fault(place, "is not there, and a plan needs it")])
    return size


def drawn_batch(schema: TensorSchema, users: int, length: int, real: float) -> dict[str, Tensor]:
    """Columns and their masks, True = real, of a schema: (B, L) for sequences, else (B,).

    The longest user has `length` events; a share `real` of all positions holds an event.
    """
    lengths = [max(round(length * (i / users) ** (1 / real - 1)), 1) for i in range(1, users + 1)]
    is_real = torch.arange(length) >= length - torch.tensor(lengths)[:, None]
    is_there = torch.ones(users, dtype=torch.bool)
    batch = {schema.query_id_feature_name or "query_id": torch.arange(users)}
    for feature in schema.all_features:
        shape = (users, length) if feature.is_seq else (users,)
        batch[feature.name] = _column(feature, shape)
        batch[f"{feature.name}_mask"] = is_real if feature.is_seq else is_there
    return batch


def _column(feature: TensorFeatureInfo, shape: tuple[int, ...]) -> Tensor:
    if feature.is_list:
        shape = (*shape, feature.tensor_dim or _LIST_LENGTH)
    return torch.randint(feature.cardinality or 1, shape) if feature.is_cat else torch.zeros(shape)
