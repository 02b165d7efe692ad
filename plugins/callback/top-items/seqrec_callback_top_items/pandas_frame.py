"""A Lightning callback that gives recommendations as a pandas frame."""

from collections.abc import Sequence

import pandas as pd

from seqrec_callback_top_items.pandas_collector import PandasTopItems
from seqrec_callback_top_items.top_items import TopItemsCallbackBase
from seqrec_core.contracts import PostprocessorProto

__all__ = ["PandasTopItemsCallback"]


class PandasTopItemsCallback(TopItemsCallbackBase[pd.DataFrame]):
    """Collects the `top_k` best items of every user as a pandas frame; see `PandasTopItems`."""

    def __init__(
        self,
        top_k: int,
        query_column: str,
        item_column: str,
        rating_column: str = "rating",
        postprocessors: Sequence[PostprocessorProto] | None = None,
    ) -> None:
        super().__init__(
            PandasTopItems(top_k, query_column, item_column, rating_column, postprocessors)
        )
