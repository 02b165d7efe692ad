"""The small world that components are tested in: one schema, and batches that fit it.

Letters in shapes: B users, L positions, D dim, P positives, V items.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
    TensorSchema,
)

__all__ = [
    "DIM",
    "ITEM",
    "LENGTHS",
    "LONGEST",
    "SCHEMA",
    "WEIGHTS",
    "V",
    "causal_mask",
    "drawn_column",
    "features",
    "mixed",
    "padding_mask",
    "raw_batch",
    "schema_of",
    "seeded",
    "training_labels",
    "worked_batch",
]

V = 131
DIM = 8
ITEM = "item_id"
WEIGHTS = "price"  # what a loss that asks for a column weighs its targets by
LENGTHS = (6, 4, 2, 1)  # real events of each user
LONGEST = 32  # events that are drawn; a batch has the last of them
_CLASSES = 3


def _feature(
    name: str,
    type_: FeatureType,
    source: FeatureSource,
    hint: FeatureHint | None = None,
    **sizes: int,
) -> TensorFeatureInfo:
    return TensorFeatureInfo(
        name,
        feature_type=type_,
        is_seq=hint is not FeatureHint.QUERY_ID,
        feature_hint=hint,
        feature_sources=[TensorFeatureSource(source, name)],
        **sizes,
    )


def schema_of(items: int, columns: Sequence[TensorFeatureInfo] = ()) -> TensorSchema:
    """Item and query ids, item features of the three other types, and further columns."""
    categorical, events = FeatureType.CATEGORICAL, FeatureSource.INTERACTIONS
    about_items = FeatureSource.ITEM_FEATURES
    return TensorSchema(
        [
            _feature(ITEM, categorical, events, FeatureHint.ITEM_ID, cardinality=items),
            _feature("query_id", categorical, events, FeatureHint.QUERY_ID, cardinality=9),
            _feature("tags", FeatureType.CATEGORICAL_LIST, about_items, cardinality=5),
            _feature("price", FeatureType.NUMERICAL, about_items),
            _feature("image", FeatureType.NUMERICAL_LIST, about_items, tensor_dim=3),
            *columns,
        ]
    )


SCHEMA = schema_of(V)


def seeded(seed: int = 0) -> torch.Generator:
    """A source of random numbers of its own."""
    return torch.Generator().manual_seed(seed)


def padding_mask(lengths: Sequence[int] = LENGTHS, padding: int = 0) -> Tensor:
    """Mask (B, L), True at real events; `padding` positions stand before the longest row."""
    length = max(lengths) + padding
    return torch.arange(length) >= length - torch.tensor(lengths)[:, None]


def causal_mask(real: Tensor) -> Tensor:
    """Attention mask (B, 1, L, L) of a padding mask: 0 = seen, -inf = hidden, diagonal seen."""
    length = real.size(1)
    seen = real[:, None, :] & torch.ones(length, length, dtype=torch.bool).tril()
    seen = seen | torch.eye(length, dtype=torch.bool)
    return torch.zeros(seen.shape).masked_fill(~seen, -torch.inf)[:, None]


def features(real: Tensor, seed: int = 0) -> dict[str, Tensor]:
    """Features of every event of a padding mask (B, L), padded as the schema says.

    What an event is depends only on its distance from the end and on its user, so that more
    padding leaves the events what they are.
    """
    users, length = real.shape
    draw = seeded(seed)
    ids = torch.randint(V, (users, LONGEST), generator=draw)[:, LONGEST - length :]
    tags = torch.randint(5, (users, LONGEST, 2), generator=draw)[:, LONGEST - length :]
    price = torch.rand(users, LONGEST, generator=draw)[:, LONGEST - length :]
    image = torch.randn(users, LONGEST, 3, generator=draw)[:, LONGEST - length :]
    return {
        ITEM: ids.masked_fill(~real, V),
        "tags": tags.masked_fill(~real[..., None], 5),
        "price": price.masked_fill(~real, 0.0),
        "image": image.masked_fill(~real[..., None], 0.0),
    }


def drawn_column(
    feature: TensorFeatureInfo, real: Tensor, seed: int = 0, length: int = LONGEST
) -> Tensor:
    """Values of any feature for a padding mask: (B, L) or (B, L, n), without L if no sequence.

    Times are whole seconds that rise. As in `features`, what an event holds depends only on its
    user and its distance from the end; `length` is how many are drawn.
    """
    users, draw = len(real), seeded(seed + zlib.crc32(feature.name.encode()))
    shape: tuple[int, ...] = (users, length) if feature.is_seq else (users,)
    shape += (feature.tensor_dim or 2,) if feature.is_list else ()
    if feature.feature_hint is FeatureHint.TIMESTAMP:
        values = 1_600_000_000 + torch.randint(1, 90_000, shape, generator=draw).cumsum(1)
    elif feature.is_cat:
        values = torch.randint(feature.cardinality or 2, shape, generator=draw)
    else:
        values = torch.rand(shape, generator=draw)
    if not feature.is_seq:
        return values
    values = values[:, length - real.size(1) :]
    mask = real[..., None] if feature.is_list else real
    return values.masked_fill(~mask, feature.padding_value)


def training_labels(real: Tensor, seed: int = 1) -> dict[str, Tensor]:
    """`positive_labels` (B, L, 1) and `target_padding_mask`, True where an event is real."""
    drawn = torch.randint(V, (len(real), LONGEST, 1), generator=seeded(seed))
    labels = drawn[:, LONGEST - real.size(1) :].masked_fill(~real[..., None], V)
    return {"positive_labels": labels, "target_padding_mask": real[..., None]}


def mixed(one: Mapping[str, Any], other: Mapping[str, Any], where: Tensor) -> dict[str, Any]:
    """The tensors (B, L, ...) of `one`, with those of `other` where a mask (B, L) is True.

    What has no positions stays.
    """
    mixture: dict[str, Any] = {}
    for name, value in one.items():
        if isinstance(value, Mapping):
            mixture[name] = mixed(value, other[name], where)
        elif value.dim() < where.dim():
            mixture[name] = value
        else:
            spread = where.view(*where.shape, *[1] * (value.dim() - 2))
            mixture[name] = torch.where(spread, other[name], value)
    return mixture


def raw_batch(seed: int = 0, columns: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
    """A batch as it comes from the data module, before any transform.

    `columns` are the features of its events, four users long, by default those of `features`. A
    column `c` has its mask `c_mask`, True = real; the longest row has padding too. `seen_ids`,
    `ground_truth` and `train` are item ids, padded with -1.
    """
    real = padding_mask(padding=3)
    known = features(real, seed) if columns is None else columns
    users = len(real)
    history = known[ITEM].masked_fill(~real, -1)
    each = torch.ones(users, dtype=torch.bool)
    return {
        **known,
        **{f"{name}_mask": each if value.dim() < 2 else real for name, value in known.items()},
        "query_id": torch.arange(users),
        "query_id_mask": each,
        "seen_ids": history,
        "train": history,
        "ground_truth": torch.arange(users * 2).view(users, 2) % V,
    }


def worked_batch(seed: int = 0, columns: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
    """A raw batch with what transforms add to it: labels, masks, a class of items for each user."""
    batch = raw_batch(seed, columns)
    real = batch[f"{ITEM}_mask"]
    classes = torch.arange(len(real)) % _CLASSES
    labels = {"padding_mask": real, **training_labels(real)}
    return {"negative_selector": classes, **batch, **labels}
