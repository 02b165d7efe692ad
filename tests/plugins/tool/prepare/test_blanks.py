"""Empty text is a missing value, and nothing else is."""

import polars as pl
from seqrec_tool_prepare.blanks import without_blanks


def test_empty_text_alone_becomes_null():
    frame = pl.DataFrame({"user": ["a", "", None, " ", "0"]})
    assert frame.select(without_blanks(pl.col("user"))).to_dict(as_series=False) == {
        "user": ["a", None, None, " ", "0"]
    }


def test_it_works_within_lists():
    lists = pl.Series("tags", [["a", ""], [], None])
    cleaned = lists.list.eval(without_blanks(pl.element()))
    assert cleaned.to_list() == [["a", None], [], None]
