"""Batches of every split for Lightning's Trainer."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from lightning import LightningDataModule
from torch import nn

from seqrec_core.schema import TensorSchema
from seqrec_datamodule_parquet.dataset import Batch, ParquetDataset
from seqrec_datamodule_parquet.metadata import metadata_of_schema
from seqrec_datamodule_parquet.source import ParquetSource

T = TypeVar("T")
Paths = str | os.PathLike[str] | Sequence[str] | None

SPLITS = ("train", "validate", "test", "predict")
_SPLITS_OF_STAGE = {"fit": ("train", "validate"), None: SPLITS}
TARGET_MASK = "target_padding_mask"


class ParquetModule(LightningDataModule):
    """Streams each split from its file, and runs its transforms on batches after their transfer.

    `metadata`, `transforms` and `config` have an entry for each split, `batch_size` is one for
    all or has entries too. Without an entry in `metadata`, columns follow from `schema`: the
    last `max_sequence_length` events of each sequence, and as many more in training as the
    `shift` of the transforms takes away. `config` holds further arguments of ParquetDataset.
    Several files for a split other than train are several dataloaders.

    Training is shuffled where `config` gives it a generator, which it does by default. The
    streams outlive a second `setup`: the next `fit` goes on with further epochs.

    `group_by_length`: True puts rows of similar length, by `length_column`, into a batch, and makes
    every batch only as long as its longest row; what is not shuffled is regrouped within 50
    batches. A mean over training targets would then give the targets of short rows more weight.
    So each training batch gets a scalar `loss_weight`, by which its mean loss has to be
    multiplied: the number of its targets (True in `target_padding_mask`) divided by a constant,
    the mean number of targets per batch. The product is the batch's sum over targets divided by
    that constant: over an epoch, every target counts alike, in any number of processes. Models
    must align positions to the right.
    """

    def __init__(
        self,
        batch_size: int | Mapping[str, int],
        metadata: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
        transforms: Mapping[str, Iterable[nn.Module]] | None = None,
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
        if not isinstance(batch_size, Mapping):
            batch_size = dict.fromkeys(SPLITS, batch_size)
        if config is None:
            config = {"train": {"generator": torch.default_generator}}
        self.batch_size = _by_split("batch_size", batch_size)
        self.metadata = _by_split("metadata", metadata or {})
        self.config = _by_split("config", config)
        self.transforms = {
            split: nn.Sequential(*modules)
            for split, modules in _by_split("transforms", transforms or {}).items()
        }
        self.schema = schema
        self.max_sequence_length = max_sequence_length
        self.group_by_length = group_by_length
        self.length_column = length_column
        self.datasets: dict[str, list[ParquetDataset]] = {}
        self._targets_per_batch: float | None = None

    @property
    def shift(self) -> int:
        """How many events the transforms of training take away from the end of a sequence."""
        return max((getattr(t, "shift", 0) for t in self.transforms.get("train", ())), default=0)

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
        transforms = self.transforms.get(split)
        output: dict[str, Any] = batch if transforms is None else transforms(batch)
        if split != "train" or not self.group_by_length:
            return output
        if TARGET_MASK not in output:
            raise ValueError(
                f"group_by_length weighs batches by {TARGET_MASK!r}, but the transforms of train "
                f"give {list(output)}; name it there, or turn group_by_length off"
            )
        return {**output, "loss_weight": output[TARGET_MASK].sum() / self._mean_targets()}

    def _mean_targets(self) -> float:
        """Mean number of targets in a training batch, over all processes; counted once."""
        if self._targets_per_batch is None:
            dataset = self._loaders("train")[0]
            size = dataset.formats[self.length_column].shape[0]
            longest = 2**31 if size is None else size - self.shift
            self._targets_per_batch = dataset.mean_events(self.length_column, longest)
        return self._targets_per_batch

    def _loaders(self, split: str) -> list[ParquetDataset]:
        """The streams of a split, opened where they are not yet; ValueError without a path."""
        if split not in self.paths:
            raise ValueError(f"no {split}_path was given; the module has {list(self.paths)}")
        self.setup("fit" if split in ("train", "validate") else split)
        return self.datasets[split]

    def _dataset(self, split: str, path: str) -> ParquetDataset:
        """The stream of one file of a split."""
        is_train = split == "train"
        config = dict(self.config.get(split, {}))
        if self.group_by_length:
            config.setdefault("length_column", self.length_column)
            config.setdefault("group_by_length", True)
            config.setdefault("front_padding", self.shift if is_train else 0)
        if split not in self.batch_size:
            raise ValueError(f"batch_size has no entry for {split!r}: {dict(self.batch_size)}")
        return ParquetDataset(
            path,
            self._metadata(split, path),
            batch_size=self.batch_size[split],
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
        columns = ParquetSource(path, self.config.get(split, {}).get("filesystem")).column_names
        length = self.max_sequence_length + (self.shift if split == "train" else 0)
        return metadata_of_schema(self.schema, columns, length)


def _by_split(argument: str, values: Mapping[str, T]) -> dict[str, T]:
    """The values as a dict; KeyError if a key is no split."""
    if unknown := set(values).difference(SPLITS):
        raise KeyError(f"{argument} has {sorted(unknown)}; splits are {', '.join(SPLITS)}")
    return dict(values)
