"""Items by their ids in the data."""

import numpy as np
import pytest
from seqrec_tool_recommend.item_ids import ItemIds, is_nested

from seqrec_core.errors import BundleError, DataError


def test_ids_are_equal_where_their_text_is():
    ids = ItemIds([7, "a", 9], None)
    assert [ids.number(item) for item in ("7", 7, "a", 9.0, None, float("nan"))] == [
        *(0, 0, 1, None, None, None)
    ]
    assert ids.distinct("items", ["9", 7, 9], False) == [2, 0]
    assert (len(ids), ids.items) == (3, [7, "a", 9])


def test_an_unknown_one_is_named_or_left_out():
    ids = ItemIds(["a", "b"], None)
    with pytest.raises(DataError, match="candidates of history 1, place 1: 'c' is no item"):
        ids.distinct_lists([["a"], ["a", "c"]], 2, False)
    assert ids.distinct_lists([["a"], ["a", "c"]], 2, True) == [[0], [0]]


@pytest.mark.parametrize("items", [["a", None], ["1", 1]])
def test_rows_need_ids_of_their_own(items):
    with pytest.raises(BundleError, match="the id in row 1"):
        ItemIds(items, None)


def test_lists_of_candidates_are_told_from_items():
    assert is_nested([["a"], np.array(["b"]), ()])
    assert not is_nested(["a"])
    assert not is_nested([])
