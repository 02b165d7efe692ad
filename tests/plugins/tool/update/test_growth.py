"""Where rows of a table of items go as it grows."""

import pyarrow as pa
import pytest
from seqrec_tool_update.growth import Growth, check_items

from seqrec_core.errors import DataError


@pytest.mark.parametrize(
    ("sizes", "places"),
    [
        ((3, 5), [0, 1, 2]),
        ((4, 6), [0, 1, 2, 5]),  # padding stands last
        ((7, 7), [*range(7)]),
        ((4, 5), None),
        ((8, 9), None),
    ],
)
def test_known_rows_stay_and_padding_moves_to_the_end(sizes, places):
    rows = Growth(items=(3, 5), padding=(3, 5)).rows(*sizes)
    if places is None:
        assert rows is None
    else:
        assert rows is not None
        assert rows[1].tolist() == places


def test_padding_that_stands_first_stays():
    rows = Growth(items=(3, 5), padding=(0, 0)).rows(4, 6)
    assert rows is not None
    assert rows[1].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (["a"], "fewer than"),
        (["b", "a", "c"], "item 0 is 'b', there 'a'"),
        (None, "no items.parquet"),
    ],
)
def test_items_that_do_not_go_on_are_refused(tmp_path, after, said):
    before = pa.table({"item": ["a", "b"]})
    with pytest.raises(DataError, match=said):
        check_items(tmp_path, tmp_path, before, after and pa.table({"item": after}))
    check_items(tmp_path, tmp_path, before, pa.table({"item": ["a", "b", "c"]}))
