"""Features of known items stay as they were; those of new ones are encoded alike."""

import polars as pl
import pytest
from seqrec_tool_prepare.commands import prepare

OLD = "user,item,timestamp\na,x,1\na,y,2\na,x,3\nb,y,4\n"
NEW = "user,item,timestamp\nz,w,6\nb,x,7\nb,v,8\n"
ITEMS = "item,genre,year\nx,pop,2000\ny,rock,2010\n"
MORE = "item,genre,year\nx,jazz,1900\nv,rock,2020\nw,jazz,\n"


@pytest.fixture
def old(tmp_path):
    for name, text in (("old", OLD), ("new", NEW), ("items", ITEMS), ("more", MORE)):
        (tmp_path / f"{name}.csv").write_text(text)
    features = "genre:categorical,year:numerical"
    prepare(
        tmp_path / "old.csv", tmp_path / "old", items=tmp_path / "items.csv", item_features=features
    )
    return tmp_path / "old"


def test_new_items_have_the_values_that_the_old_encoding_gives(old, tmp_path):
    report = prepare(
        tmp_path / "new.csv",
        tmp_path / "day2",
        ids_from=old,
        new_items="append",
        items=tmp_path / "more.csv",
    )
    columns = ("item", "genre", "year")
    before = pl.read_parquet(old / "items.parquet").select(columns).rows()
    after = pl.read_parquet(tmp_path / "day2" / "items.parquet").select(columns).rows()
    assert after == [*before, ("v", 2, 3.0), ("w", 0, 0.0)]  # (2020 - 2005) / 5
    assert report["item_features"]["unknown"] == {"genre": 1}
    row = pl.read_parquet(tmp_path / "day2" / "predict.parquet").row(0, named=True)
    assert row["genre"] == [1, 2]


def test_new_items_without_a_file_lack_their_features(old, tmp_path):
    prepare(tmp_path / "new.csv", tmp_path / "day2", ids_from=old, new_items="append")
    after = pl.read_parquet(tmp_path / "day2" / "items.parquet")
    assert after["genre"].to_list() == [1, 2, 0, 0]


def test_counts_of_a_grown_catalogue_are_those_of_the_new_training(old, tmp_path):
    prepare(tmp_path / "new.csv", tmp_path / "day2", ids_from=old, new_items="append")
    after = pl.read_parquet(tmp_path / "day2" / "items.parquet")
    assert dict(after.select("item", "count").rows()) == {"x": 1, "y": 0, "v": 1, "w": 1}
