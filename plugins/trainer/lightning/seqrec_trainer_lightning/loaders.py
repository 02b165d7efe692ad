"""Hands the batches of any data module to Lightning."""

from collections.abc import Iterable, Iterator
from types import GeneratorType
from typing import Any

import lightning
from lightning.pytorch.trainer.states import TrainerFn
from torch.utils.data import DataLoader

from seqrec_core.contracts import Batch, DataModuleProto, Resumable
from seqrec_core.errors import DataError


class Loaders(lightning.LightningDataModule):
    """The loaders of a data module, its transforms run on batches after their transfer.

    Of a LightningDataModule that is handed over for its protocol, no other hooks are called.
    Lightning shares out the rows of a torch DataLoader over a map-style dataset among processes;
    other loaders share out their own. Raises DataError for a split that is asked for and not there.
    """

    def __init__(self, data: DataModuleProto) -> None:
        super().__init__()
        self.data = data

    def train_dataloader(self) -> Any:
        """The loader of training; its epochs may be of unknown length."""
        loader = self._of("train")[0]
        assert self.trainer is not None
        if self.trainer.val_check_interval != 1.0 and length_of(loader) is None:
            raise DataError(
                "trainer.validate_every asks for several validations an epoch, but the loader of "
                "'train' has no len: give it one, or set trainer.validate_every to 1"
            )
        return loader

    def val_dataloader(self) -> list[Any]:
        """The loaders of validation; a fit may do without any."""
        assert self.trainer is not None
        return self._of("validate", is_optional=self.trainer.state.fn == TrainerFn.FITTING)

    def test_dataloader(self) -> list[Any]:
        """The loaders of the test."""
        return self._of("test")

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


def length_of(loader: Any) -> int | None:
    """The number of batches of a loader; None where it does not say."""
    try:
        return len(loader)
    except (TypeError, NotImplementedError):
        return None


def _whole(loader: Iterable[Batch], split: str) -> Any:
    if isinstance(loader, GeneratorType):
        raise DataError(
            f"a loader of {split!r} is a generator, which ends after one pass; give an iterable "
            "that begins anew, such as an object with a generator method __iter__"
        )
    return loader if isinstance(loader, DataLoader | Resumable) else Passes(loader)
