"""Recommendations as a pandas frame."""

import pandas as pd
from seqrec_callback_top_items.pandas_frame import PandasTopItemsCallback
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter


def test_pandas_has_one_row_an_item_and_plain_columns(recommended, batches, rows):
    callback = PandasTopItemsCallback(2, "user", "item", postprocessors=[SeenItemsFilter(4)])
    frame = recommended(callback, batches)
    expected = pd.DataFrame(rows).astype({"rating": "float32"})
    pd.testing.assert_frame_equal(frame, expected)
