"""Any file of interactions becomes the same data folder."""

import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_prepare.prepare import prepare
from seqrec_tool_prepare.settings import Settings

from seqrec_core.schema import FeatureHint, FeatureSource, FeatureType
from seqrec_core.spec.recipe import FeatureSpec, SchemaSpec

EVENTS = [  # user, item, timestamp, out of order in time
    ("ann", 30, 5),
    ("bob", 10, 1),
    ("ann", 10, 1),
    ("ann", 20, 3),
    ("bob", 20, 2),
    ("cid", 10, 9),
    ("ann", 40, 7),
    ("cid", 30, 4),
    ("bob", 40, 3),
]


def events() -> pl.DataFrame:
    return pl.DataFrame(EVENTS, schema=["user_id", "item_id", "timestamp"], orient="row")


def rows(folder: Path, split: str) -> list[dict]:
    return pl.read_parquet(folder / f"{split}.parquet").to_dicts()


def write(path: Path, frame: pl.DataFrame) -> Path:
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".inter":
        types = ("token", "token", "float")
        names = [f"{name}:{kind}" for name, kind in zip(frame.columns, types, strict=True)]
        frame.rename(dict(zip(frame.columns, names, strict=True))).write_csv(path, separator="\t")
    else:
        frame.write_csv(path, separator="\t" if path.suffix == ".tsv" else ",")
    return path


@pytest.mark.parametrize("suffix", ["csv", "tsv", "inter", "parquet"])
def test_every_format_gives_the_same_histories(tmp_path, suffix):
    out = tmp_path / "data"
    prepare(write(tmp_path / f"log.{suffix}", events()), out)

    assert pl.read_parquet(out / "users.parquet").to_dict(as_series=False) == {
        "query_id": [0, 1, 2],
        "user": ["ann", "bob", "cid"],
    }
    items = pl.read_parquet(out / "items.parquet")
    assert items["item"].to_list() == [10, 20, 30, 40]
    assert items["count"].to_list() == [3, 1, 1, 0]  # in training
    assert rows(out, "train") == [
        {"query_id": 0, "item_id": [0, 1], "timestamp": [1, 3]},
        {"query_id": 1, "item_id": [0], "timestamp": [1]},
        {"query_id": 2, "item_id": [2, 0], "timestamp": [4, 9]},
    ]
    assert rows(out, "validate")[0] == {
        "query_id": 0,
        "item_id": [0, 1],
        "timestamp": [1, 3],
        "ground_truth": [2],
        "train": [0, 1],
        "seen_ids": [0, 1],
    }
    assert rows(out, "test") == [
        {
            "query_id": 0,
            "item_id": [0, 1, 2],
            "timestamp": [1, 3, 5],
            "ground_truth": [3],
            "train": [0, 1],
            "seen_ids": [0, 1, 2],
        },
        {
            "query_id": 1,
            "item_id": [0, 1],
            "timestamp": [1, 2],
            "ground_truth": [3],
            "train": [0],
            "seen_ids": [0, 1],
        },
    ]
    assert rows(out, "predict")[2] == {
        "query_id": 2,
        "item_id": [2, 0],
        "timestamp": [4, 9],
        "seen_ids": [2, 0],
    }


def test_lines_of_items_are_histories_in_the_order_of_the_file(tmp_path):
    log = tmp_path / "log.txt"
    log.write_text("7 30 10  20 40\n\n3\t10 30\n7 50\n")
    out = tmp_path / "data"
    report = prepare(log, out)

    assert pl.read_parquet(out / "users.parquet")["user"].to_list() == [3, 7]
    assert pl.read_parquet(out / "items.parquet")["item"].to_list() == [10, 20, 30, 40, 50]
    assert rows(out, "predict") == [
        {"query_id": 0, "item_id": [0, 2], "seen_ids": [0, 2]},
        {"query_id": 1, "item_id": [2, 0, 1, 3, 4], "seen_ids": [2, 0, 1, 3, 4]},
    ]
    assert report["source"]["format"] == "sequences"
    assert report["order"]["by"] == "file"


def test_lists_are_lists_of_int64_for_every_reader(tmp_path):
    out = tmp_path / "data"
    prepare(write(tmp_path / "log.csv", events()), out)
    schema = pq.read_schema(out / "test.parquet")
    assert schema.field("query_id").type == pa.int64()
    for name in ("item_id", "timestamp", "ground_truth", "seen_ids", "train"):
        assert schema.field(name).type == pa.list_(pa.int64())


def test_the_schema_is_what_a_spec_takes(tmp_path):
    prepare(write(tmp_path / "log.csv", events()), tmp_path / "data")
    [feature] = json.loads((tmp_path / "data" / "schema.json").read_text())["features"]
    types = {"type": FeatureType, "hint": FeatureHint, "source": FeatureSource}
    spec = FeatureSpec(**{k: types[k](v) if k in types else v for k, v in feature.items()})
    schema = SchemaSpec(features=(spec,)).tensor_schema()
    assert schema.item_id_features.item().cardinality == 4
    assert schema.item_id_feature_name == "item_id"


def test_text_ids_are_integers_only_where_all_of_them_are(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("user,item\n" + "".join(f"{n},0{n}\n" for n in range(1, 200)) + "x,1\n")
    out = tmp_path / "data"
    prepare(log, out)
    assert pl.read_parquet(out / "users.parquet")["user"].dtype == pl.String
    assert pl.read_parquet(out / "items.parquet")["item"].to_list()[:2] == ["01", "010"]


def test_integer_ids_follow_the_numbers_not_the_text(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("user,item\n10,9\n9,10\n")
    prepare(log, tmp_path / "data")
    assert pl.read_parquet(tmp_path / "data" / "users.parquet")["user"].to_list() == [9, 10]
    assert pl.read_parquet(tmp_path / "data" / "items.parquet")["item"].to_list() == [9, 10]


def test_columns_of_unusual_names_are_named_by_the_user(tmp_path):
    frame = events().rename({"user_id": "who", "item_id": "what", "timestamp": "when"})
    settings = Settings(user="who", item="what", timestamp="when")
    prepare(write(tmp_path / "log.csv", frame), tmp_path / "data", settings)
    assert rows(tmp_path / "data", "train")[0]["item_id"] == [0, 1]


def test_a_format_that_is_named_beats_the_suffix(tmp_path):
    log = tmp_path / "log.txt"
    events().write_csv(log, separator="\t")
    assert prepare(log, tmp_path / "sniffed")["source"]["format"] == "tsv"
    dump = tmp_path / "log.dump"
    events().write_csv(dump, separator=";")
    report = prepare(dump, tmp_path / "named", Settings(format="csv"))
    assert report["kept"]["events"] == len(EVENTS)


def test_quoted_values_and_byte_order_marks_are_read(tmp_path):
    log = tmp_path / "log.csv"
    log.write_bytes(b'\xef\xbb\xbfuser,item\n"smith, ann",a\n"smith, ann",b\n')
    prepare(log, tmp_path / "data")
    assert pl.read_parquet(tmp_path / "data" / "users.parquet")["user"].to_list() == ["smith, ann"]


def test_a_folder_of_parquet_files_is_one_log(tmp_path):
    (tmp_path / "log").mkdir()
    events()[:5].write_parquet(tmp_path / "log" / "a.parquet")
    events()[5:].write_parquet(tmp_path / "log" / "b.parquet")
    prepare(tmp_path / "log", tmp_path / "data")
    assert rows(tmp_path / "data", "train")[0]["item_id"] == [0, 1]


@pytest.mark.parametrize("bucket_events", [1, 3, 100])
def test_output_does_not_depend_on_the_size_of_buckets_nor_on_the_run(tmp_path, bucket_events):
    log = tmp_path / "log.csv"
    lines = [f"{n * 7919 % 101},{n * 104729 % 37},{n}" for n in range(2000)]
    log.write_text("user,item,timestamp\n" + "\n".join(lines))
    prepare(log, tmp_path / "once")
    prepare(log, tmp_path / "again", Settings(bucket_events=bucket_events))
    for path in sorted((tmp_path / "once").glob("*.parquet")):
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name
    groups = pq.ParquetFile(tmp_path / "again" / "train.parquet").metadata
    sizes = [groups.row_group(n).num_rows for n in range(groups.num_row_groups)]
    assert sizes == [64, 37]


def test_a_failed_run_leaves_the_folder_as_it_was(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("user,item,timestamp\na,x,1\na,y,2\n")
    prepare(log, tmp_path / "data")
    before = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    log.write_text("user,item,timestamp\na,x,1\na,y,never\n")
    with pytest.raises(Exception, match="never"):
        prepare(log, tmp_path / "data")
    assert {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()} == before


def test_stages_are_told_to_whoever_listens(tmp_path):
    told = []
    log = write(tmp_path / "log.csv", events())
    prepare(log, tmp_path / "data", progress=lambda *step: told.append(step))
    assert ("writing", 1, 1) in told
    assert told[0][0] == "counting users and items"
