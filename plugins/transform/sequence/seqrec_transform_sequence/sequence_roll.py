"""Sequences moved by some positions."""

from torch import Tensor, nn

from seqrec_core.batch import column


class SequenceRollTransform(nn.Module):
    """Moves the column `field_name` (B, L, ...) by `roll` positions, to the left if negative.

    Positions that nothing moves into hold `padding_value`. With `roll=0` nothing changes (the
    reference pads everything).
    """

    def __init__(self, field_name: str, roll: int = -1, padding_value: int = 0):
        super().__init__()
        self.field_name = field_name
        self.roll = roll
        self.padding_value = padding_value

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch in its order, with the column rolled."""
        rolled = column(batch, self.field_name, "sequence_roll").roll(self.roll, dims=1)
        if self.roll > 0:
            rolled[:, : self.roll] = self.padding_value
        elif self.roll < 0:
            rolled[:, self.roll :] = self.padding_value
        return {**batch, self.field_name: rolled}
