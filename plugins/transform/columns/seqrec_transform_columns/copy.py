"""Columns under a second name."""

from collections.abc import Mapping

from torch import Tensor, nn

from seqrec_core.batch import column


class CopyTransform(nn.Module):
    """Adds detached copies of columns: `mapping` gives the new name of each column to copy."""

    def __init__(self, mapping: Mapping[str, str]):
        super().__init__()
        self.mapping = dict(mapping)

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch with the copies behind its own columns; KeyError if one is missing."""
        copies = {
            new: column(batch, old, "copy").detach().clone() for old, new in self.mapping.items()
        }
        return {**batch, **copies}
