"""Recommendations as tensors."""

from collections.abc import Sequence

from torch import Tensor

from seqrec_callback_top_items.collector import TopItemsCollector
from seqrec_core.contracts import PostprocessorProto

__all__ = ["TorchTopItems"]


class TorchTopItems(TopItemsCollector[tuple[Tensor, Tensor, Tensor]]):
    """Collects the `top_k` best items of every user as tensors."""

    def __init__(
        self, top_k: int, postprocessors: Sequence[PostprocessorProto] | None = None
    ) -> None:
        super().__init__(top_k, "query_id", "item_id", postprocessors=postprocessors)

    def get_result(self) -> tuple[Tensor, Tensor, Tensor]:
        """Users (N,), items (N, k) and scores (N, k), on the CPU.

        Where fewer than k items are left for a user, the last places hold item -1, score -inf.
        """
        return self._collected()
