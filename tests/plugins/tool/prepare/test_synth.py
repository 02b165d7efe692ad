"""Made-up data has the size asked for and something to learn in it."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from seqrec_tool_prepare.commands import synth

from seqrec_core.errors import DataError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("synth")
    synth(out, users=800, items=300, events_per_user=25, clusters=10, seed=1)
    return out


def test_sizes_are_those_asked_for(folder):
    users, items = (pl.read_parquet(folder / f"{n}.parquet") for n in ("users", "items"))
    lengths = pl.read_parquet(folder / "predict.parquet")["item_id"].list.len()
    assert len(users) == 800
    assert 290 <= len(items) <= 300
    assert lengths.min() >= 3
    assert 23 <= lengths.mean() <= 27


def test_no_user_meets_an_item_twice(folder):
    histories = pl.read_parquet(folder / "predict.parquet")["item_id"]
    assert (histories.list.n_unique() == histories.list.len()).all()


def test_times_ascend(folder):
    times = pl.read_parquet(folder / "predict.parquet")["timestamp"]
    assert times.list.eval(pl.element().diff().drop_nulls() > 0).list.all().all()


def test_popularity_is_skewed(folder):
    counts = np.sort(pl.read_parquet(folder / "items.parquet")["count"].to_numpy())[::-1]
    assert counts[:30].sum() > 0.3 * counts.sum()
    assert counts[-150:].sum() < 0.25 * counts.sum()


def hits(folder, ranking) -> float:
    """Share of test events among ten items of `ranking(last item)` that the user has not seen."""
    rows = pl.read_parquet(folder / "test.parquet").to_dicts()
    count = 0
    for row in rows:
        seen = set(row["seen_ids"])
        ranked = [item for item in ranking(row["item_id"][-1]) if item not in seen][:10]
        count += row["ground_truth"][0] in ranked
    return count / len(rows)


def test_the_last_item_tells_far_more_than_popularity(folder):
    popular = [
        i
        for i, _ in Counter(
            item for row in pl.read_parquet(folder / "train.parquet")["item_id"] for item in row
        ).most_common()
    ]
    after = defaultdict(Counter)
    for history in pl.read_parquet(folder / "train.parquet")["item_id"].to_list():
        for item, following in pairwise(history):
            after[item][following] += 1
    by_popularity = hits(folder, lambda last: popular)
    by_last_item = hits(folder, lambda last: [i for i, _ in after[last].most_common()] + popular)
    assert by_last_item > 2.5 * by_popularity
    assert by_last_item > 0.4


def test_side_features_of_all_four_types_tell_the_cluster(folder):
    schema = pl.read_json(folder / "schema.json")["features"][0].to_list()
    assert [feature["type"] for feature in schema[1:]] == [
        "categorical",
        "categorical_list",
        "numerical",
        "numerical_list",
    ]
    items = pl.read_parquet(folder / "items.parquet").filter(pl.col("category") > 0)
    spread = items.group_by("category").agg(pl.col("price").std())["price"].mean()
    assert spread < 0.7 * items["price"].std()


def test_the_seed_decides_everything(tmp_path):
    sizes = {"users": 40, "items": 60, "events_per_user": 6, "clusters": 5}
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        synth(tmp_path / name, seed=seed, **sizes)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    contents = {n: [(tmp_path / n / file).read_bytes() for file in files] for n in "abc"}
    assert contents["a"] == contents["b"]
    assert contents["a"] != contents["c"]


def test_features_may_be_left_out(tmp_path):
    synth(tmp_path, users=40, items=60, events_per_user=6, clusters=5, features=False)
    assert len(pl.read_json(tmp_path / "schema.json")["features"][0]) == 1


def test_an_out_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "data").touch()
    with pytest.raises(DataError, match="choose another --out"):
        synth(tmp_path / "data", users=40, items=60, events_per_user=6, clusters=5)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"items": 30, "events_per_user": 20}, "take 3 to 10"),
        ({"items": 30, "events_per_user": 5, "clusters": 20}, "three items or more"),
        ({"clusters": 2}, "3 clusters or more"),
    ],
)
def test_sizes_that_do_not_fit(tmp_path, sizes, message):
    with pytest.raises(DataError, match=message):
        synth(tmp_path, **({"clusters": 5} | sizes))
