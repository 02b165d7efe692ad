"""Recommendations as a polars frame."""

import polars as pl
from polars.testing import assert_frame_equal
from seqrec_callback_polars.polars_frame import PolarsTopItemsCallback
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter


def test_polars_has_one_row_an_item(recommended, batches, rows):
    callback = PolarsTopItemsCallback(2, "user", "item", postprocessors=[SeenItemsFilter(4)])
    frame = recommended(callback, batches)
    assert_frame_equal(frame, pl.DataFrame(rows, schema_overrides={"rating": pl.Float32}))
