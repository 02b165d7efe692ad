"""A value's number is the row of its id, whatever the ids are."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare.id_numbers import IdNumbers

texts = st.lists(st.text(max_size=20), unique=True)
whole = st.lists(st.integers(-(2**63), 2**63 - 1), unique=True)


@settings(deadline=None)
@given(st.one_of(texts, whole), st.data())
def test_the_number_of_a_value_is_the_row_of_its_id(ids, data):
    kind = pl.String if ids and isinstance(ids[0], str) else pl.Int64
    known = data.draw(st.lists(st.sampled_from(ids))) if ids else []
    column = pl.Series("user", known, dtype=kind)
    rows = IdNumbers(pl.Series(ids, dtype=kind)).rows(column)
    assert rows.to_list() == [ids.index(value) for value in known]
    assert rows.dtype == pl.UInt32


def test_a_value_that_is_no_id_has_no_number():
    numbers = IdNumbers(pl.Series(["a", "b"]))
    assert numbers.rows(pl.Series(["b", "c", "a", ""])).to_list() == [1, None, 0, None]
    assert IdNumbers(pl.Series([], dtype=pl.String)).rows(pl.Series(["a"])).to_list() == [None]


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_column_of_a_frame_is_numbered(engine):
    ids = pl.Series(range(0, 3000, 3))
    frame = pl.LazyFrame({"item": range(3000)})
    rows = frame.select(IdNumbers(ids).of("item")).collect(engine=engine)["item"]
    assert rows.to_list() == [n // 3 if n % 3 == 0 else None for n in range(3000)]
