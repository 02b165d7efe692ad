"""Recommendations as a pandas frame, without a trainer."""

import pandas as pd
from seqrec_callback_top_items.pandas_collector import PandasTopItems
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter


def test_pandas_has_one_row_an_item(collected, batches, rows):
    collector = PandasTopItems(2, "user", "item", postprocessors=[SeenItemsFilter(4)])
    expected = pd.DataFrame(rows).astype({"rating": "float32"})
    pd.testing.assert_frame_equal(collected(collector, batches), expected)
