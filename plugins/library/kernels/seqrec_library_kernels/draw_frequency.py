"""How often an item is drawn as a negative: an ability of samplers.

A loss over few negatives stands for one over all items. Items that are drawn more often than
others count too much in it, unless their logits are lowered by the logarithm of how often that is
(Bengio and Senecal 2008; Yi et al., "Sampling-Bias-Corrected Neural Modeling", RecSys 2019).
"""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from seqrec_core.contracts import Batch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["KnowsFrequency"]


@runtime_checkable
class KnowsFrequency(Protocol):
    """A sampler that tells how often it draws an item."""

    def log_frequency(self, items: "Tensor", batch: Batch) -> "Tensor | None":
        """Logarithms, shaped as `items`, of how often each is expected in one draw for a batch.

        That is the expected number of times that the item stands among the negatives that one
        position is compared with: N / V for N distinct ones of V items alike. Ids that are no
        items get 0; None where it is not known.
        """
