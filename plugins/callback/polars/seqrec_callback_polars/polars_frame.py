"""A Lightning callback that gives recommendations as a polars frame."""

from collections.abc import Sequence

import polars as pl
from seqrec_callback_top_items.top_items import TopItemsCallbackBase

from seqrec_callback_polars.polars_collector import PolarsTopItems
from seqrec_core.contracts import PostprocessorProto

__all__ = ["PolarsTopItemsCallback"]


class PolarsTopItemsCallback(TopItemsCallbackBase[pl.DataFrame]):
    """Collects the `top_k` best items of every user as a polars frame; see `PolarsTopItems`."""

    def __init__(
        self,
        top_k: int,
        query_column: str,
        item_column: str,
        rating_column: str = "rating",
        postprocessors: Sequence[PostprocessorProto] | None = None,
    ) -> None:
        super().__init__(
            PolarsTopItems(top_k, query_column, item_column, rating_column, postprocessors)
        )
