"""Recommendations as a polars frame, without a trainer."""

import polars as pl
from polars.testing import assert_frame_equal
from seqrec_callback_polars.polars_collector import PolarsTopItems
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter


def test_polars_has_one_row_an_item(collected, batches, rows):
    collector = PolarsTopItems(2, "user", "item", postprocessors=[SeenItemsFilter(4)])
    expected = pl.DataFrame(rows, schema_overrides={"rating": pl.Float32})
    assert_frame_equal(collected(collector, batches), expected)
