"""A Lightning callback that gives recommendations as tensors."""

from collections.abc import Sequence

from torch import Tensor

from seqrec_callback_top_items.tensor_collector import TorchTopItems
from seqrec_callback_top_items.top_items import TopItemsCallbackBase
from seqrec_core.contracts import PostprocessorProto

__all__ = ["TorchTopItemsCallback"]


class TorchTopItemsCallback(TopItemsCallbackBase[tuple[Tensor, Tensor, Tensor]]):
    """Collects the `top_k` best items of every user as tensors; see `TorchTopItems`."""

    def __init__(
        self, top_k: int, postprocessors: Sequence[PostprocessorProto] | None = None
    ) -> None:
        super().__init__(TorchTopItems(top_k, postprocessors))
