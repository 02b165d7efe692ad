"""Recommendations as a pandas frame."""

import pandas as pd

from seqrec_callback_top_items.collector import TopItemsCollector

__all__ = ["PandasTopItems"]


class PandasTopItems(TopItemsCollector[pd.DataFrame]):
    """Collects the `top_k` best items of every user as a pandas frame."""

    def get_result(self) -> pd.DataFrame:
        """One row an item, best first for each user, fewer than `top_k` where no more are left."""
        table = self._long_table()
        return pd.DataFrame(
            {
                self.query_column: table.queries.numpy(),
                self.item_column: table.items.numpy(),
                self.rating_column: table.scores.numpy(),
            }
        )
