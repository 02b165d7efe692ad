"""Two ids are equal where their text is; what keeps files from matching is named."""

import polars as pl
import pytest
from seqrec_tool_prepare.external_ids import (
    are_written_as_floats,
    external,
    likely_difference,
    placeholders,
)


@pytest.mark.parametrize(
    ("texts", "whole"),
    [
        (["1.0", "2.0"], True),
        (["1", "-2.0", "0"], True),
        (["1", "2"], False),
        (["1.0", "1.5"], False),
        (["01.0"], False),
        (["1.0", "x"], False),
    ],
)
def test_only_a_column_of_whole_numbers_is_one_of_floats(texts, whole):
    assert are_written_as_floats(pl.Series(texts)) == whole


def test_ids_are_integers_where_their_text_is():
    assert external(pl.Series(["-7", "12"])).to_list() == [-7, 12]
    for texts in (["007", "12"], ["+7"], ["7 "], [str(2**63)], ["-0"]):
        assert external(pl.Series(texts)).to_list() == texts


def test_text_for_a_missing_value_is_seen():
    texts = ["NA", "nan", "Nantes", "null", "-", "x"]
    assert placeholders(pl.Series(texts)).to_list() == [True, True, False, True, True, False]


@pytest.mark.parametrize(
    ("events", "items", "cause"),
    [
        (["1", "2"], ["0001", "0002"], "zeros in front"),
        (["1", "2"], ["1.0", "2.0"], ".0 at the end"),
        (["a", "b"], [" a", "b "], "spaces around"),
        (["a", "b"], ["A", "B"], "upper and lower case"),
        (["a", "b"], ["'a'", '"b"'], "quote marks"),
        (["caf\u00e9"], ["cafe\u0301"], "accents"),
        (["a", "b"], ["x", "y"], "name the column of the ids with --items-id"),
    ],
)
def test_the_likely_cause_is_named(events, items, cause):
    assert cause in likely_difference(pl.Series(events), pl.Series(items))
