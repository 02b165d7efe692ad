"""What draws the negatives that a loss compares with."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from seqrec_core.contracts.datamodule import Batch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SamplerProto"]


@runtime_checkable
class SamplerProto(Protocol):
    """Items that the users of a training batch did not choose."""

    def forward(self, batch: Batch) -> "Tensor":
        """Item ids (N,), (B, N) or (B, L, N) for a transformed batch, on its device.

        The batch has `positive_labels` (B, L, P) and `target_padding_mask` (B, L, P), True where
        one counts. It is not changed.
        """

    __call__ = forward  # type: ignore[misc]
