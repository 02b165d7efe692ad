"""The training batch that a plan is made for: of the right shapes, with ids drawn at random.

Letters in shapes: B users, L positions.
"""

import torch
from torch import Tensor

from seqrec_core.build import Runtime, build_part
from seqrec_core.errors import Fault, SpecError
from seqrec_core.schema import FeatureHint, TensorFeatureInfo, TensorSchema
from seqrec_core.spec import DataModuleSpec, Recipe

_LIST_LENGTH = 3  # ids of an event's list, where the schema's tensor_dim does not say


def planned_batch(
    recipe: Recipe, real: float, users: int | None = None, runtime: Runtime | None = None
) -> dict[str, Tensor]:
    """A batch as the model takes it in training: drawn, then transformed as the spec says.

    A share `real` of the positions is real; `users` are by default those of a batch, 1 where the
    data does not say. The model sees as many events as it can, 1 where it does not say. Raises
    SpecError where the recipe has no data.
    """
    data = data_of(recipe)
    runtime = runtime or Runtime.of(recipe)
    specs = (data.transforms or {}).get("train", ())
    transforms = [
        build_part(spec, runtime, f"data.transforms.train[{i}]") for i, spec in enumerate(specs)
    ]
    length = recipe.model.history_length() or 1
    length += max((spec.events_taken() for spec in specs), default=0)
    batch = drawn_batch(runtime.schema, users or data.batch_rows() or 1, length, real)
    for transform in transforms:
        batch = transform(batch)
    return batch


def data_of(recipe: Recipe) -> DataModuleSpec:
    """The data that a recipe trains on; SpecError where it has none."""
    if recipe.data is None:
        raise SpecError([Fault("data", 'missing; add {"type": "…", "folder": "…"}')])
    return recipe.data


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
    if feature.feature_hint in (FeatureHint.TIMESTAMP, FeatureHint.REQUEST_TIME):
        return torch.arange(shape[-1]).expand(shape)  # a second each; whole numbers, as in files
    return torch.randint(feature.cardinality or 1, shape) if feature.is_cat else torch.zeros(shape)
