"""Hands the batches of any data module to Lightning."""

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import GeneratorType
from typing import Any

import lightning
from lightning.pytorch.trainer.states import TrainerFn
from torch.utils.data import DataLoader, DistributedSampler, IterableDataset

from seqrec_core.contracts import Batch, DataModuleProto, Resumable
from seqrec_core.errors import DataError


class Loaders(lightning.LightningDataModule):
    """The loaders of a data module, its transforms run on batches after their transfer.

    Of a LightningDataModule that is handed over for its protocol, no other hooks are called.
    Of a torch DataLoader over a map-style dataset Lightning shares out the rows of training among
    processes; in evaluation, where it would count some rows twice, these take batches in turn.
    Other loaders share out their own. `tell` hears, before training begins, how many batches an
    epoch of this process has, None where nobody knows. Raises DataError for a split that is asked
    for and not there.
    """

    def __init__(
        self, data: DataModuleProto, tell: Callable[[int | None], None] | None = None
    ) -> None:
        super().__init__()
        self.data = data
        self.tell = tell

    def train_dataloader(self) -> Any:
        """The loader of training; its epochs may be of unknown length."""
        loader = self._of("train")[0]
        assert self.trainer is not None
        if self.trainer.val_check_interval != 1.0 and length_of(loader) is None:
            raise DataError(
                "trainer.validate_every asks for several validations an epoch, but the loader of "
                "'train' has no len: give it one, or set trainer.validate_every to 1"
            )
        if self.tell is not None:
            self.tell(_share(loader, self.trainer.world_size))
        return loader

    def val_dataloader(self) -> list[Any]:
        """The loaders of validation; a fit may do without any."""
        assert self.trainer is not None
        is_fitting = self.trainer.state.fn == TrainerFn.FITTING
        return self._in_turn(self._of("validate", is_optional=is_fitting))

    def test_dataloader(self) -> list[Any]:
        """The loaders of the test."""
        return self._in_turn(self._of("test"))

    def predict_dataloader(self) -> list[Any]:
        """The loaders of prediction, as they are: Lightning rebuilds a DataLoader here."""
        return [Passes(loader) for loader in self._of("predict")]

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> dict[str, Any]:
        """The batch as the model takes it: transformed, on its device."""
        assert self.trainer is not None
        if self.trainer.training:
            return self.data.transform("train", batch)
        if self.trainer.testing:
            return self.data.transform("test", batch)
        return self.data.transform("predict" if self.trainer.predicting else "validate", batch)

    def _in_turn(self, loaders: list[Any]) -> list[Any]:
        """The loaders of an evaluation; no row is in two processes, or in none."""
        assert self.trainer is not None
        rank, size = self.trainer.global_rank, self.trainer.world_size
        return [Turns(each, rank, size) if size > 1 and _is_map(each) else each for each in loaders]

    def _of(self, split: str, is_optional: bool = False) -> list[Any]:
        """The loaders of a split, in a form that Lightning does not take apart."""
        loaders = self.data.loaders(split)
        if not loaders and not is_optional:
            raise DataError(f"the data module has no loaders for {split!r}; give it that split")
        return [_whole(loader, split) for loader in loaders]


class Passes:
    """Passes over a loader; Lightning would take a list for several loaders."""

    def __init__(self, loader: Iterable[Batch]) -> None:
        self.loader = loader

    def __iter__(self) -> Iterator[Batch]:
        return iter(self.loader)

    def __len__(self) -> int:
        """As many batches as the loader has; TypeError where it does not say."""
        if (length := length_of(self.loader)) is None:
            raise TypeError(f"{type(self.loader).__name__} has no len")
        return length


class Turns:
    """Every batch of a loader whose turn it is: of `size` processes the one numbered `rank`."""

    def __init__(self, loader: "DataLoader[Any]", rank: int, size: int) -> None:
        self.loader = loader
        self.rank = rank
        self.size = size

    def __iter__(self) -> Iterator[Batch]:
        return islice(self.loader, self.rank, None, self.size)

    def __len__(self) -> int:
        """How many of the batches are its own."""
        return len(range(self.rank, len(self.loader), self.size))


def length_of(loader: Any) -> int | None:
    """The number of batches of a loader; None where it does not say."""
    try:
        return len(loader)
    except (TypeError, NotImplementedError):
        return None


def _share(loader: Any, processes: int) -> int | None:
    """The number of batches that one of several processes reads in an epoch."""
    length = length_of(loader)
    return math.ceil(length / processes) if length is not None and _is_map(loader) else length


def _whole(loader: Iterable[Batch], split: str) -> Any:
    if isinstance(loader, GeneratorType):
        raise DataError(
            f"a loader of {split!r} is a generator, which ends after one pass; give an iterable "
            "that begins anew, such as an object with a generator method __iter__"
        )
    return loader if isinstance(loader, DataLoader | Resumable) else Passes(loader)


def _is_map(loader: Any) -> bool:
    """Whether all processes would get all rows of a loader, unless Lightning shares them out."""
    if not isinstance(loader, DataLoader) or isinstance(loader.dataset, IterableDataset):
        return False
    return not isinstance(loader.sampler, DistributedSampler)
