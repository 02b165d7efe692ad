"""Batches of every split for Lightning's Trainer."""

import os
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any, TypeVar

import torch
from lightning import LightningDataModule

from seqrec_core.contracts import Batch, TransformProto
from seqrec_core.data_folder import DataFolder
from seqrec_core.schema import TensorSchema
from seqrec_core.vocabulary import Vocabularies
from seqrec_datamodule_parquet.dataset import ParquetDataset
from seqrec_datamodule_parquet.metadata import metadata_of_schema
from seqrec_datamodule_parquet.source import ParquetSource
from seqrec_datamodule_parquet.stream_parts import StreamPart, parts_of
from seqrec_datamodule_parquet.target_share import TARGET_MASK, mean_events, target_share
from seqrec_datamodule_parquet.transform_chain import TransformChain

T = TypeVar("T")
Paths = str | os.PathLike[str] | Sequence[str] | None

SPLITS = ("train", "validate", "test", "predict")
_SPLITS_OF_STAGE = {"fit": ("train", "validate"), None: SPLITS}


class ParquetModule(LightningDataModule):
    """Streams each split from its file, and runs its transforms on batches after their transfer.

    `metadata`, `transforms` and `config` have an entry for each split, `batch_size` is one for
    all or has entries too. Without an entry in `metadata`, columns follow from `schema`: the
    last `max_sequence_length` events of each sequence, and as many more in training as the
    transforms take away. Transforms are callables from batch to batch, modules or not. `config`
    holds further arguments of ParquetDataset. Several files for a split other than train are
    several dataloaders. `folder` is where items.parquet and users.parquet say what ids stand for.

    Training is shuffled where `config` gives it a generator, which it does by default. The
    streams outlive a second `setup`: the next `fit` goes on with further epochs.

    `group_by_length`: True puts rows of similar length, by `length_column`, into a batch, and makes
    every batch only as long as its longest row; what is not shuffled is regrouped within 50
    batches. A mean over training targets would then give the targets of short rows more weight.
    So each training batch gets a scalar `loss_weight`, by which its mean loss has to be
    multiplied: the number of its targets (True in `target_padding_mask`) divided by a constant,
    the mean number of targets per batch, whatever the transforms make targets of. The product is
    the batch's sum over targets divided by that constant: over an epoch, every target counts
    alike, in any number of processes. Models must align positions to the right.
    """

    def __init__(
        self,
        batch_size: int | Mapping[str, int],
        metadata: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
        transforms: Mapping[str, Iterable[TransformProto]] | None = None,
        config: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        train_path: str | os.PathLike[str] | None = None,
        validate_path: Paths = None,
        test_path: Paths = None,
        predict_path: Paths = None,
        schema: TensorSchema | None = None,
        max_sequence_length: int | None = None,
        group_by_length: bool = False,
        length_column: str = "item_id",
        folder: str | os.PathLike[str] | None = None,
    ):
        super().__init__()
        if not isinstance(train_path, str | os.PathLike | None):
            raise TypeError(f"train_path is {train_path!r}; training takes one path, or a folder")
        paths = (train_path, validate_path, test_path, predict_path)
        self.paths: dict[str, str | Sequence[str]] = {
            split: os.fspath(path) if isinstance(path, os.PathLike) else path
            for split, path in zip(SPLITS, paths, strict=True)
            if path
        }
        if not self.paths:
            raise KeyError(f"no paths; give one of {', '.join(f'{s}_path' for s in SPLITS)}")
        if config is None:
            config = {"train": {"generator": torch.default_generator}}
        self.metadata = _by_split("metadata", metadata or {})
        self.config = _by_split("config", config)
        self.transforms = {
            split: TransformChain(chain)
            for split, chain in _by_split("transforms", transforms or {}).items()
        }
        self.schema = schema
        self.max_sequence_length = max_sequence_length
        self.group_by_length = group_by_length
        self.length_column = length_column
        self.folder = None if folder is None else DataFolder(Path(folder))
        self.datasets: dict[str, list[ParquetDataset]] = {}
        self.batch_size = batch_size

    @property
    def batch_size(self) -> int | dict[str, int]:
        """Rows of a batch: one number where all splits that are read have the same, else by split.

        Set at any time, to a number or to one for each split, it counts from the next pass over
        a split on; a training epoch that was under way is not gone on with. TypeError or
        ValueError for what is no size, KeyError for what is no split.
        """
        sizes = [self._batch_sizes.get(split) for split in self.paths]
        if sizes[0] is not None and sizes.count(sizes[0]) == len(sizes):
            return sizes[0]
        return dict(self._batch_sizes)

    @batch_size.setter
    def batch_size(self, batch_size: int | Mapping[str, int]) -> None:
        if not isinstance(batch_size, Mapping):
            batch_size = dict.fromkeys(SPLITS, batch_size)
        sizes = _by_split("batch_size", batch_size)
        if absent := [split for split in self.datasets if split not in sizes]:
            raise ValueError(f"batch_size has no entry for {absent}, which are open: {sizes}")
        self._batch_sizes = {split: _size(split, size) for split, size in sizes.items()}
        self._targets_per_batch: float | None = None
        for split, streams in self.datasets.items():
            for stream in streams:
                _resize(stream, self._batch_sizes[split])

    def setup(self, stage: str | None = None) -> None:
        """Opens the files of a stage's splits, where they are not open already."""
        for split in _SPLITS_OF_STAGE.get(stage, (stage,)):
            if split in self.paths and split not in self.datasets:
                path = self.paths[split]
                paths = [path] if isinstance(path, str) else path
                self.datasets[split] = [self._dataset(split, path) for path in paths]

    def train_dataloader(self) -> ParquetDataset:
        """The stream of training batches."""
        return self._loaders("train")[0]

    def val_dataloader(self) -> list[ParquetDataset]:
        """One stream per file; none without a file."""
        return self._loaders("validate") if "validate" in self.paths else []

    def test_dataloader(self) -> list[ParquetDataset]:
        """One stream per file."""
        return self._loaders("test")

    def predict_dataloader(self) -> list[ParquetDataset]:
        """One stream per file."""
        return self._loaders("predict")

    def loaders(self, split: str) -> list[ParquetDataset]:
        """The streams of a split, one a file; none without a file."""
        return self._loaders(split) if split in self.paths else []

    def pieces(self, split: str) -> list[StreamPart] | None:
        """Runs of batches, in the order of the files; None where rows are shuffled."""
        return parts_of(self.loaders(split))

    def batches_of(self, split: str, piece: StreamPart) -> Iterable[Batch]:
        """The batches of a run, as the loader of its file gives them."""
        stream, first, stop = piece
        return self.loaders(split)[stream].part(first, stop)

    def vocabularies(self) -> Vocabularies:
        """What ids stand for, where the folder says so."""
        return Vocabularies() if self.folder is None else Vocabularies.of_folder(self.folder)

    def generators(self) -> list[torch.Generator]:
        """The generators that the transforms of training draw from, in order."""
        return self._chain("train").generators()

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> dict[str, Any]:
        """The batch as the model takes it: transformed, on its device."""
        assert self.trainer is not None
        if self.trainer.training:
            return self.transform("train", batch)
        if self.trainer.testing:
            return self.transform("test", batch)
        return self.transform("predict" if self.trainer.predicting else "validate", batch)

    def transform(self, split: str, batch: Batch) -> dict[str, Any]:
        """The batch after the transforms of a split, with its `loss_weight` where that is due."""
        output = self._chain(split)(batch)
        if split != "train" or not self.group_by_length:
            return output
        if TARGET_MASK not in output:
            raise ValueError(
                f"group_by_length weighs batches by {TARGET_MASK!r}, but the transforms of train "
                f"give {list(output)}; name it there, or turn group_by_length off"
            )
        targets = output[TARGET_MASK]
        return {**output, "loss_weight": targets.sum() / self._mean_targets(targets.device)}

    def _mean_targets(self, device: torch.device) -> float:
        """Mean number of targets in a training batch, over all processes; found once."""
        if self._targets_per_batch is None:
            dataset, transforms = self._loaders("train")[0], self._chain("train")
            size = dataset.formats[self.length_column].shape[0]
            longest = 2**31 if size is None else size - transforms.events_taken()
            share = target_share(dataset, transforms, self.length_column, longest, device)
            self._targets_per_batch = mean_events(dataset, self.length_column, longest) * share
        return self._targets_per_batch

    def _chain(self, split: str) -> TransformChain:
        """The transforms of a split, which may be none."""
        return self.transforms.get(split) or TransformChain(())

    def _front_padding(self, split: str) -> int:
        """Positions that training needs in front of a row: the transforms take them away."""
        return self._chain(split).events_taken() if split == "train" else 0

    def _loaders(self, split: str) -> list[ParquetDataset]:
        """The streams of a split, opened where they are not yet; ValueError without a path."""
        if split not in self.paths:
            raise ValueError(f"no {split}_path was given; the module has {list(self.paths)}")
        self.setup("fit" if split in ("train", "validate") else split)
        return self.datasets[split]

    def _dataset(self, split: str, path: str) -> ParquetDataset:
        """The stream of one file of a split."""
        config = dict(self.config.get(split, {}))
        if self.group_by_length:
            config.setdefault("length_column", self.length_column)
            config.setdefault("group_by_length", True)
            config.setdefault("front_padding", self._front_padding(split))
        if split not in self.metadata:
            config.setdefault("features", self.schema)
        if split not in self._batch_sizes:
            raise ValueError(f"batch_size has no entry for {split!r}: {self._batch_sizes}")
        return ParquetDataset(
            path,
            self._metadata(split, path),
            batch_size=self._batch_sizes[split],
            equal_steps=split != "predict",
            **config,
        )

    def _metadata(self, split: str, path: str) -> Mapping[str, Mapping[str, Any]]:
        """What is read of a file: as was asked for the split, or else as the schema says."""
        if split in self.metadata:
            return self.metadata[split]
        if self.schema is None or self.max_sequence_length is None:
            raise ValueError(
                f"metadata has no entry for {split!r}; give one, or schema and max_sequence_length"
            )
        filesystem = self.config.get(split, {}).get("filesystem")
        columns = ParquetSource(path, filesystem, self.schema).column_names
        length = self.max_sequence_length + self._front_padding(split)
        return metadata_of_schema(self.schema, columns, length)


def _by_split(argument: str, values: Mapping[str, T]) -> dict[str, T]:
    """The values as a dict; KeyError if a key is no split."""
    if unknown := set(values).difference(SPLITS):
        raise KeyError(f"{argument} has {sorted(unknown)}; splits are {', '.join(SPLITS)}")
    return dict(values)


def _size(split: str, size: int) -> int:
    """The batch size; TypeError or ValueError where it is none."""
    if isinstance(size, bool) or not isinstance(size, Integral):
        raise TypeError(
            f"batch_size of {split!r} is {size!r}; give a whole number, or one for each of "
            f"{', '.join(SPLITS)}"
        )
    if size < 1:
        raise ValueError(f"batch_size of {split!r} is {size}; it must be at least 1")
    return int(size)


def _resize(stream: ParquetDataset, size: int) -> None:
    """Gives the stream another batch size; what it has begun to read with the old one is over."""
    if size == stream.batch_size:
        return
    place = stream.state_dict()
    if place["batch"]:
        stream.set_epoch(int(place["epoch"] or 0) + 1)
    stream.batch_size = size
