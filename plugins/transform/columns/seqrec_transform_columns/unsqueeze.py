"""One more dimension for a column."""

from torch import Tensor, nn

from seqrec_core.batch import column


class UnsqueezeTransform(nn.Module):
    """Adds a dimension of size 1 to the column `column_name`, at position `dim`."""

    def __init__(self, column_name: str, dim: int):
        super().__init__()
        self.column_name = column_name
        self.dim = dim

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch in its order, with the column one dimension larger.

        Raises KeyError when the column is missing, ValueError for a `dim` it has no place for.
        """
        values = column(batch, self.column_name, "unsqueeze")
        if not -values.ndim - 1 <= self.dim <= values.ndim:
            raise ValueError(
                f"cannot unsqueeze {self.column_name!r} of {values.ndim} dimensions at "
                f"dim={self.dim}; choose one of {-values.ndim - 1}..{values.ndim}"
            )
        return {**batch, self.column_name: values.unsqueeze(self.dim)}
