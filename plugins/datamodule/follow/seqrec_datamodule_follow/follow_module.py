"""Batches of a stream of files for training, and of a data folder for everything else."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from seqrec_datamodule_parquet.transform_chain import TransformChain

from seqrec_core.contracts import Batch, TransformProto
from seqrec_core.data_folder import DataFolder
from seqrec_core.vocabulary import Vocabularies
from seqrec_datamodule_follow.arrivals import Arrivals
from seqrec_datamodule_follow.file_stream import FileStream


class FollowModule:
    """Trains on a stream of files; what the other splits and ids are, a data folder says.

    Each pass over the loader of training is one file of `arrivals`: `opened` makes the module that
    reads the file `train`. `evaluation` reads the other splits, None where there are none.
    `transforms` are those of training.
    """

    def __init__(
        self,
        arrivals: Arrivals,
        opened: Callable[..., ParquetModule],
        evaluation: ParquetModule | None,
        folder: DataFolder,
        transforms: Iterable[TransformProto] = (),
    ) -> None:
        self.stream = FileStream(arrivals, opened)
        self.evaluation = evaluation
        self.folder = folder
        self._chain = TransformChain(transforms)

    def loaders(self, split: str) -> Sequence[Iterable[Batch]]:
        """The stream for training; of other splits one loader a file."""
        if split == "train":
            return [self.stream]
        return [] if self.evaluation is None else self.evaluation.loaders(split)

    def transform(self, split: str, batch: Batch) -> dict[str, Any]:
        """The batch as the model takes it."""
        if split == "train":
            return self.stream.module.transform(split, batch)
        assert self.evaluation is not None
        return self.evaluation.transform(split, batch)

    def vocabularies(self) -> Vocabularies:
        """What ids stand for, as the folder says."""
        return Vocabularies.of_folder(self.folder)

    def generators(self) -> list[torch.Generator]:
        """The generators that the transforms of training draw from, in order."""
        return self._chain.generators()

    def has_more(self) -> bool:
        """Whether a file has come that was not trained on."""
        return self.stream.has_more()

    def begin(self, moved: Callable[[], None]) -> None:
        """Makes the file to come that of the next fit; see `seqrec_tool_run.following`."""
        self.stream.begin(moved)
