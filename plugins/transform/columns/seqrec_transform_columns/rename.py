"""Columns under another name."""

from collections.abc import Mapping
from typing import Any

from torch import nn


class RenameTransform(nn.Module):
    """Renames columns: `mapping` gives the new name by the old one.

    Columns that the batch does not have are no error. The reference's text says that it
    changes the batch in place; like its code, this returns a new dict.
    """

    def __init__(self, mapping: Mapping[str, str]):
        super().__init__()
        self.mapping = dict(mapping)

    def forward(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The batch in its order; ValueError when a new name is already taken."""
        renamed = {self.mapping.get(name, name): value for name, value in batch.items()}
        if len(renamed) < len(batch):
            raise ValueError(
                f"renaming by {self.mapping} gives two columns one name; the batch has "
                f"{list(batch)}; choose a name that is not taken"
            )
        return renamed
