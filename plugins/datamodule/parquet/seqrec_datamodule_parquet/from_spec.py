"""A module whose files stand in a data folder."""

from collections.abc import Mapping
from pathlib import Path

import torch

from seqrec_core.contracts import TransformProto
from seqrec_core.data_folder import DataFolder
from seqrec_core.places import expanded, local
from seqrec_core.schema import TensorSchema
from seqrec_datamodule_parquet.parquet_module import ParquetModule


def parquet_module(
    folder: str,
    transforms: Mapping[str, tuple[TransformProto, ...]] | None,
    train: str | None,
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
) -> ParquetModule:
    """The module of a spec: paths are relative to `data_dir`, which is `folder` by default."""
    root = local(folder) if data_dir is None else data_dir
    DataFolder(root).settle()
    generator = torch.Generator().manual_seed(seed) if shuffle else None
    evaluation = dict.fromkeys(("validate", "test", "predict"), eval_batch_size or batch_size)
    return ParquetModule(
        {"train": batch_size, **evaluation},
        transforms=transforms,
        config={
            "train": {
                "generator": generator,
                "partition_size": partition_size,
                "tie_column": tie_column,
            }
        },
        train_path=None if train is None else _path(root, train),
        validate_path=_paths(root, validate),
        test_path=_paths(root, test),
        predict_path=_paths(root, predict),
        schema=schema,
        max_sequence_length=max_sequence_length,
        group_by_length=group_by_length,
        length_column=item_feature_name,
        folder=root,
    )


def _paths(root: Path, files: str | tuple[str, ...] | None) -> str | list[str] | None:
    """Where the files of a split are: nowhere, one path, or several."""
    if files is None:
        return None
    if isinstance(files, str):
        return _path(root, files)
    return [_path(root, file) for file in files]


def _path(root: Path, file: str) -> str:
    """The path of a file in the folder; of a URI such as s3://… the text."""
    file = expanded(file)
    return file if "://" in file else str(root / file)
