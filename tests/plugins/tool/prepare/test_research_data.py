"""The counts of well-known files."""

from pathlib import Path

import polars as pl
import pytest
from seqrec_tool_prepare.commands import prepare

DATA = Path(__file__).parents[5] / "shared" / "data"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason="research data sets are not here"),
]


@pytest.mark.parametrize(
    ("file", "items", "features", "users", "catalogue", "events", "sizes"),
    [
        (
            "ml-100k/ml-100k.inter",
            "ml-100k/ml-100k.item",
            "class:list,release_year:categorical",
            943,
            1_682,
            100_000,
            [19, 74],
        ),
        pytest.param(
            "ml-1m/ml-1m.txt",
            "ml-1m/items.tsv",
            "genres:list,year:numerical",
            6_040,
            3_416,
            999_611,
            [18, None],
            marks=pytest.mark.slow,
        ),
        (
            "beauty/Beauty.txt",
            "beauty/Beauty_items.tsv",
            "attribute_names:list",
            22_363,
            12_101,
            198_502,
            [636],
        ),
    ],
)
def test_leave_one_out_keeps_every_event(
    tmp_path, file, items, features, users, catalogue, events, sizes
):
    report = prepare(DATA / file, tmp_path, items=DATA / items, item_features=features)
    assert report["kept"] == {"users": users, "items": catalogue, "events": events}
    assert report["dropped"] == []
    counts = report["splits"]
    assert counts["train"]["events"] == events - 2 * users
    assert counts["validate"]["events"] == counts["test"]["events"] == users
    schema = pl.read_json(tmp_path / "schema.json")["features"][0].to_list()
    assert [feature["cardinality"] for feature in schema] == [catalogue, *sizes]
    assert pl.read_parquet(tmp_path / "items.parquet")["count"].sum() == events - 2 * users
    predicted = pl.read_parquet(tmp_path / "predict.parquet")
    assert predicted["item_id"].list.len().sum() == events


def test_beauty_keeps_the_order_of_its_lines(tmp_path):
    prepare(DATA / "beauty" / "Beauty.txt", tmp_path)
    lines = (DATA / "beauty" / "Beauty.txt").read_text().split("\n")[:50]
    predicted = pl.read_parquet(tmp_path / "predict.parquet")["item_id"]
    for line, history in zip(lines, predicted, strict=False):
        assert [int(item) - 1 for item in line.split()[1:]] == history.to_list()
