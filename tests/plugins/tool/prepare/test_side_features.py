"""Side features of items are encoded once and stand beside every event."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.feature_choice import choose_features
from seqrec_tool_prepare.side_features import SideRows
from seqrec_tool_prepare.tables import Table, open_table

from seqrec_core.errors import DataError

ITEMS = """item_id\tbrand\tgenres\tprice\tvector
30\tacme\twar|drama\t30\t1|2
10\t\tdrama\t10\t3|4
99\tzeta\tnoir\t1000\t9|9
20\tbest\t\t\t
"""


def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text("user,item\na,10\na,20\na,30\na,40\nb,30\nb,10\n")
    return path


def side(tmp_path: Path, text: str = ITEMS, name: str = "items.tsv") -> Path:
    (tmp_path / name).write_text(text)
    return tmp_path / name


def prepared(tmp_path: Path, features: str, items: Path | None = None, **options: object) -> Path:
    items = items or side(tmp_path)
    prepare(log(tmp_path), tmp_path / "data", items=items, item_features=features, **options)
    return tmp_path / "data"


ALL = "brand:categorical,genres:list,price:numerical,vector:numerical_list"


def test_all_four_types_are_encoded(tmp_path):
    out = prepared(tmp_path, ALL)
    items = pl.read_parquet(out / "items.parquet")
    assert items["item"].to_list() == [10, 20, 30, 40]
    assert items["brand"].to_list() == [0, 2, 1, 0]  # 0: none
    assert items["genres"].to_list() == [[0], [], [1, 0], []]
    np.testing.assert_allclose(items["price"].to_list(), [-1, 0, 1, 0])  # mean 20, deviation 10
    assert items["vector"].to_list() == [[3, 4], [0, 0], [1, 2], [0, 0]]

    schema = json.loads((out / "schema.json").read_text())["features"][1:]
    common = {"is_seq": True, "source": "item_features"}
    assert schema == [
        {"name": "brand", "type": "categorical", "cardinality": 3} | common,
        {"name": "genres", "type": "categorical_list", "cardinality": 2, "tensor_dim": 2} | common,
        {"name": "price", "type": "numerical"} | common,
        {"name": "vector", "type": "numerical_list", "tensor_dim": 2} | common,
    ]
    assert json.loads((out / "features.json").read_text()) == {
        "brand": {"type": "categorical", "values": [None, "acme", "best"]},
        "genres": {"type": "categorical_list", "values": ["drama", "war"]},
        "price": {"type": "numerical", "mean": 20.0, "standard_deviation": 10.0},
        "vector": {"type": "numerical_list"},
    }


def test_every_event_of_every_split_has_the_features_of_its_item(tmp_path):
    out = prepared(tmp_path, ALL)
    items = pl.read_parquet(out / "items.parquet").to_dict(as_series=False)
    for split in ("train", "validate", "test", "predict"):
        for row in pl.read_parquet(out / f"{split}.parquet").to_dicts():
            for name in ("brand", "genres", "price", "vector"):
                assert row[name] == [items[name][item] for item in row["item_id"]]
    types = pq.read_schema(out / "train.parquet")
    assert types.field("brand").type == pa.list_(pa.int64())
    assert types.field("genres").type == pa.list_(pa.list_(pa.int64()))
    assert types.field("price").type == pa.list_(pa.float32())
    assert types.field("vector").type == pa.list_(pa.list_(pa.float32()))


def test_parquet_lists_are_taken_as_they_are(tmp_path):
    frame = pl.DataFrame(
        {
            "item": [10, 20, 30, 40],
            "tags": [["b", "a", "b"], [], None, ["c", None]],
            "vector": pl.Series([[1.0, 2.0]] * 3 + [None], dtype=pl.Array(pl.Float64, 2)),
        }
    )
    frame.write_parquet(tmp_path / "items.parquet")
    features = "tags:list,vector:numerical_list"
    out = prepared(tmp_path, features, tmp_path / "items.parquet")
    items = pl.read_parquet(out / "items.parquet")
    assert items["tags"].to_list() == [[1, 0], [], [], [2]]
    assert items["vector"].to_list() == [[1, 2]] * 3 + [[0, 0]]


@pytest.mark.parametrize(
    ("name", "header", "mark"),
    [
        ("items.tsv", "item_id\tgenres", "|"),
        ("items.tsv", "item_id\tgenres", ","),
        ("items.tsv", "item_id\tgenres", " "),
        ("log.item", "item_id:token\tgenres:token_seq", " "),
    ],
)
def test_the_mark_between_values_is_found(tmp_path, name, header, mark):
    text = f"{header}\n10\twar{mark}drama\n20\tdrama\n30\tnoir\n40\twar{mark}{mark}noir\n"
    out = prepared(tmp_path, "genres:list", side(tmp_path, text, name))
    values = pl.read_parquet(out / "items.parquet")["genres"].to_list()
    assert values == [[2, 0], [0], [1], [2, 1]]


def test_the_mark_between_values_may_be_given(tmp_path):
    text = "item_id\tgenres\n10\ta|b;c\n20\tc\n"
    out = prepared(tmp_path, "genres:list", side(tmp_path, text), list_separator=";")
    assert json.loads((out / "features.json").read_text())["genres"]["values"] == ["a|b", "c"]


@pytest.mark.parametrize(
    ("features", "text", "message"),
    [
        ("gone:list", ITEMS, r"no column 'gone'.*\['item_id', 'brand'"),
        ("price:numerical", "item_id\tprice\n10\t1\n20\tdear\n", "'price', line 3: 'dear' is not"),
        (
            "price:numerical",
            "item_id\tprice\n10\tinf\n",
            "'price', line 2: .*inf.* is not a finite",
        ),
        (
            "v:numerical_list",
            "item_id\tv\n10\t1|2\n20\t1|2|3\n",
            "'v', line 3: 3 numbers where.* 2",
        ),
        ("v:numerical_list", "item_id\tv\n10\t1|2\n20\t1|x\n", "'v', line 3: 'x' is not"),
        ("v:numerical_list", "item_id\tv\n10\t1|2\n20\t1|nan\n", "'v', line 3: a list with a"),
        ("x:list", "item_id\tx\n10\ta\n20\t['a', 'b']\n", "'x', line 3: .*list in brackets"),
        ("x:list", "item_id\tx\n10\ta\n10\tb\n", "'item_id', line 3: item '10' has a row already"),
        ("x:list", "item_id\tx\n10\ta\n\tb\n", "'item_id', line 3: no value"),
        ("x:list", "what\tx\n10\ta\n", "no column for the item.*--items-id"),
        ("x:list", "item_id\tx\n", "a header and no row"),
    ],
)
def test_faults_name_file_column_and_line(tmp_path, features, text, message):
    with pytest.raises(DataError, match=rf"items\.tsv.*{message}"):
        prepared(tmp_path, features, side(tmp_path, text))


def test_types_that_do_not_fit_the_column(tmp_path):
    pl.DataFrame({"item": [10], "l": [["a"]], "n": [1.0]}).write_parquet(tmp_path / "items.parquet")
    with pytest.raises(DataError, match="name it l:categorical_list"):
        prepared(tmp_path, "l:categorical", tmp_path / "items.parquet")
    with pytest.raises(DataError, match=r"name it n:numerical$"):
        prepared(tmp_path, "n:numerical_list", tmp_path / "items.parquet")


def test_items_may_be_named_as_in_the_log(tmp_path):
    (tmp_path / "log.csv").write_text("user,asin\na,x\na,y\n")
    items = side(tmp_path, "asin\tprice\nx\t1\ny\t3\n")
    prepare(
        tmp_path / "log.csv",
        tmp_path / "data",
        item="asin",
        items=items,
        item_features="price:numerical",
    )
    assert pl.read_parquet(tmp_path / "data" / "items.parquet")["price"].to_list() == [-1, 1]


def read_side(table: Table, externals: pl.Series, features: str):
    chosen = choose_features({"item_features": features}).items
    return SideRows.of(table, chosen).encoded(externals)


def table(tmp_path: Path, items: pl.DataFrame | str) -> Table:
    if isinstance(items, str):
        return open_table(side(tmp_path, items, "items.csv"))
    items.write_parquet(tmp_path / "items.parquet")
    return open_table(tmp_path / "items.parquet")


@pytest.mark.parametrize(
    ("items", "kind", "message"),
    [
        ("item,c\n07,a\n08,b\n", "categorical", "'7', this file such as '07'.*zeros in front"),
        ("item,c\n 7,a\n 8,b\n", "categorical", "they differ in spaces around them"),
        ("item,c\n7,1e300\n", "numerical", "line 2: '1e300' is not a finite 32-bit number"),
        ("item,c\n7,1|1e39\n", "numerical_list", "line 2: '1e39' is not a finite 32-bit number"),
        (pl.DataFrame({"item": [7.5], "c": [1]}), "numerical", "7.5 is no id"),
        (pl.DataFrame({"item": [7], "c": [{"a": 1}]}), "categorical", "values are Struct"),
        (pl.DataFrame({"item": [7], "c": [[[1]]]}), "list", "values are List"),
        (pl.DataFrame({"item": [7], "c": [b"\xff"]}), "categorical", "values are Binary"),
    ],
)
def test_odd_items_are_refused(tmp_path, items, kind, message):
    with pytest.raises(DataError, match=rf"items\..*{message}"):
        read_side(table(tmp_path, items), pl.Series([7, 8, 9]), f"c:{kind}")


def test_blank_lines_of_an_items_file_are_no_items(tmp_path):
    text = "item,c\n\n7,a\n\n8,b\n\n6,c\n"
    result = read_side(table(tmp_path, text), pl.Series([7, 8, 9]), "c:categorical")
    assert result.features["c"].values.to_pylist() == [1, 2, 0]
    assert (result.without_row, result.without_events) == (1, 1)


def test_empty_lists_of_numbers_are_missing(tmp_path):
    ids, features = pl.Series([7, 8, 9]), "c:numerical_list"
    items = pl.DataFrame({"item": [7, 8], "c": [[], [1.0, 2.0]]})
    values = read_side(table(tmp_path, items), ids, features).features["c"].values
    assert values.to_pylist() == [[0, 0], [1, 2], [0, 0]]
    items = pl.DataFrame({"item": [7], "c": [[]]}, schema_overrides={"c": pl.List(pl.Float64)})
    values = read_side(table(tmp_path, items), ids, features).features["c"].values
    assert values.to_pylist() == [[0]] * 3
