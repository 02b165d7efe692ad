"""Recommendations as a polars frame."""

import polars as pl
from seqrec_callback_top_items.collector import TopItemsCollector

__all__ = ["PolarsTopItems"]


class PolarsTopItems(TopItemsCollector[pl.DataFrame]):
    """Collects the `top_k` best items of every user as a polars frame."""

    def get_result(self) -> pl.DataFrame:
        """One row an item, best first for each user, fewer than `top_k` where no more are left."""
        table = self._long_table()
        return pl.DataFrame(
            {
                self.query_column: table.queries.numpy(),
                self.item_column: table.items.numpy(),
                self.rating_column: table.scores.numpy(),
            }
        )
