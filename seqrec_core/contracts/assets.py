"""What keeps files of its own in the bundle of a model."""

from pathlib import Path
from typing import Protocol, runtime_checkable

__all__ = ["Assets"]


@runtime_checkable
class Assets(Protocol):
    """A component that keeps in the bundle what it read of the data, so that it is served without.

    It is one of the model's parts, a transform of predict or a postprocessor, made by a class
    whose `runtime` has `data_dir`. Where a bundle holds its files, that is None and `load_assets`
    follows.
    """

    def save_assets(self, folder: Path) -> None:
        """Writes its files to a folder of its own, which is empty."""

    def load_assets(self, folder: Path) -> None:
        """Reads what `save_assets` wrote, right after it was made."""
