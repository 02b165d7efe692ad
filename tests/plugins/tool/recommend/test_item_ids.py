"""Items by their ids in the data."""

import pickle
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from seqrec_tool_recommend.item_ids import ItemIds, is_nested

from seqrec_core.errors import BundleError, DataError


def test_ids_are_equal_where_their_text_is():
    ids = ItemIds(pa.array([7, 8, 9]), None)
    asked = ("7", 7, np.int32(8), 9.0, "07", None, float("nan"))
    assert [ids.number(item) for item in asked] == [0, 0, 1, None, None, None, None]
    assert ids.distinct("items", ["9", 7, 9], False) == [2, 0]
    assert len(ids) == 3
    assert ids.item(2) == 9
    assert pickle.loads(pickle.dumps(ids)).number("9") == 2


def test_texts_of_one_hash_are_told_apart(monkeypatch):
    monkeypatch.setattr("seqrec_tool_recommend.item_ids.hash", lambda text: 1, raising=False)
    monkeypatch.setattr("seqrec_tool_recommend.item_ids._CHUNK", 2)
    ids = ItemIds(pa.array(["a", "b", "c"]), None)
    assert [ids.number(item) for item in ("c", "a", "b", "d")] == [2, 0, 1, None]
    with pytest.raises(BundleError, match="row 2 'a' is that of another row"):
        ItemIds(pa.array(["a", "b", "a"]), None)


def test_many_items_take_a_few_bytes_each():
    items = pa.array(np.arange(300_000))
    tracemalloc.start()
    ids = ItemIds(items, None)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ids.number("299999") == 299_999
    assert kept < 20 * len(ids)


def test_an_unknown_one_is_named_or_left_out():
    ids = ItemIds(pa.array(["a", "b"]), None)
    with pytest.raises(DataError, match="candidates of history 1, place 1: 'c' is no item"):
        ids.distinct_lists([["a"], ["a", "c"]], 2, False)
    assert ids.distinct_lists([["a"], ["a", "c"]], 2, True) == [[0], [0]]


@pytest.mark.parametrize("items", [["a", None], ["1", "1"]])
def test_rows_need_ids_of_their_own(items):
    with pytest.raises(BundleError, match="the id in row 1"):
        ItemIds(pa.array(items), None)


def test_lists_of_candidates_are_told_from_items():
    assert is_nested([["a"], np.array(["b"]), ()])
    assert not is_nested(["a"])
    assert not is_nested([])
