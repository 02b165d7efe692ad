"""A module whose stream and data folder a spec names."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from seqrec_datamodule_parquet.from_spec import parquet_module

from seqrec_core.contracts import TransformProto
from seqrec_core.data_folder import DataFolder
from seqrec_core.places import expanded, local
from seqrec_core.schema import TensorSchema
from seqrec_datamodule_follow.arrivals import Arrivals
from seqrec_datamodule_follow.follow_module import FollowModule


def follow_module(
    folder: str,
    transforms: Mapping[str, tuple[TransformProto, ...]] | None,
    stream: str,
    validate: str | tuple[str, ...] | None,
    test: str | tuple[str, ...] | None,
    predict: str | tuple[str, ...] | None,
    batch_size: int,
    eval_batch_size: int | None,
    shuffle: bool,
    partition_size: int,
    group_by_length: bool,
    tie_column: str | None,
    max_sequence_length: int,
    item_feature_name: str,
    schema: TensorSchema,
    data_dir: Path | None,
    seed: int,
) -> FollowModule:
    """The module of a spec: paths are relative to `data_dir`, which is `folder` by default."""
    root = local(folder) if data_dir is None else data_dir
    reading = partial(
        parquet_module,
        folder=folder,
        transforms=transforms,
        batch_size=batch_size,
        eval_batch_size=eval_batch_size,
        shuffle=shuffle,
        partition_size=partition_size,
        group_by_length=group_by_length,
        tie_column=tie_column,
        max_sequence_length=max_sequence_length,
        item_feature_name=item_feature_name,
        schema=schema,
        data_dir=root,
        seed=seed,
    )

    opened = partial(reading, validate=None, test=None, predict=None)
    others = (validate, test, predict)
    evaluation = None
    if any(others):
        evaluation = reading(train=None, validate=validate, test=test, predict=predict)
    place = expanded(stream)
    place = place if "://" in place else str(root / place)
    of_training = (transforms or {}).get("train", ())
    return FollowModule(Arrivals(place), opened, evaluation, DataFolder(root), of_training)
