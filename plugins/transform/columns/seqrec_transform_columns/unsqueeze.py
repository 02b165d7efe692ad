"""One more dimension for a column."""

from torch import Tensor, nn


class UnsqueezeTransform(nn.Module):
    """Adds a dimension of size 1 to the column `column_name`, at position `dim`."""

    def __init__(self, column_name: str, dim: int):
        super().__init__()
        self.column_name = column_name
        self.dim = dim

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch in its order; ValueError when the column has no such place for `dim`."""
        column = batch[self.column_name]
        if not -column.ndim - 1 <= self.dim <= column.ndim:
            raise ValueError(
                f"cannot unsqueeze {self.column_name!r} of {column.ndim} dimensions at "
                f"dim={self.dim}; choose one of {-column.ndim - 1}..{column.ndim}"
            )
        return {**batch, self.column_name: column.unsqueeze(self.dim)}
