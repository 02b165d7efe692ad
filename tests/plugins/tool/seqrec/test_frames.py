"""Frames go through Arrow and come back as what they were."""

from datetime import datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec.frames import Frame, frame_file, like

from seqrec_core.errors import DataError

COLUMNS = {"user": ["a", "b"], "item": [7, 8], "time": [datetime(2026, 1, 1), datetime(2026, 1, 2)]}
FRAMES = {
    "pandas": pd.DataFrame(COLUMNS),
    "polars": pl.DataFrame(COLUMNS),
    "lazy": pl.LazyFrame(COLUMNS),
    "pyarrow": pa.table(COLUMNS),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_the_rows_of_any_frame_come_through_and_back(frame):
    with frame_file(frame) as file:
        table = pq.read_table(file)
        back = like(table, frame)
    assert table.to_pydict() == COLUMNS
    assert type(back) is type(frame)
    assert not file.exists()


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"user": pd.Categorical(["a", "b"])}, index=[5, 3]),
        pl.DataFrame({"user": ["a", "b"]}, schema={"user": pl.Categorical}),
        pl.LazyFrame({"user": ["a", "b"]}, schema={"user": pl.Enum(["b", "a"])}),
        pa.table({"user": pa.array(["a", "b"]).dictionary_encode()}),
    ],
    ids=["pandas", "polars", "lazy", "pyarrow"],
)
def test_categories_are_what_they_stand_for_and_an_index_without_a_name_goes(frame):
    with frame_file(frame) as file:
        table = pq.read_table(file)
    assert table.to_pydict() == {"user": ["a", "b"]}
    assert not pa.types.is_dictionary(table.schema.field("user").type)


def test_an_index_with_a_name_is_a_column():
    frame = pd.DataFrame({"item": [1]}, index=pd.Index(["a"], name="user"))
    with frame_file(frame) as file:
        assert pq.read_table(file).to_pydict() == {"item": [1], "user": ["a"]}


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"item": [1, "a"]}),
        pd.DataFrame({"item": [object(), object()]}),
        pd.DataFrame([[1, 2]], columns=["item", "item"]),
    ],
    ids=["two types", "no type of Arrow", "two of one name"],
)
def test_what_arrow_cannot_hold_is_a_fault_of_the_frame(frame):
    fault = pytest.raises(DataError, match=r"^the frame cannot be read: .*one type$")
    with fault, frame_file(frame):
        pass


def test_an_error_names_the_frame_and_not_the_file():
    frame = pl.DataFrame({"user": [1]})
    with (
        pytest.raises(DataError, match=r"^the users, row 3: odd"),
        frame_file(frame, "the users") as f,
    ):
        raise DataError(f"{f}, row 3: odd")


@pytest.mark.parametrize("value", [None, "file.csv", ["a.csv"], {"user": [1]}, [[1, 2]]])
def test_nothing_else_is_a_frame(value):
    assert not isinstance(value, Frame)
