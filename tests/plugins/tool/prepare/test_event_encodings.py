"""Features of events are those that a plain loop gives: by training, beside their events."""

import json
import math
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
import seqrec_tool_prepare.buckets
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_library_encodings.feature_values import decode, encode, gaps
from seqrec_tool_prepare.commands import prepare

EVENT = st.tuples(
    st.integers(0, 4),
    st.integers(0, 5),
    st.integers(0, 30),
    st.sampled_from(["a", "b", "10", "9", "", "new"]),
    st.none() | st.floats(-100, 100),
    st.lists(st.sampled_from(["x", "y", "z"]), max_size=3),
    st.none() | st.tuples(st.floats(-5, 5), st.floats(-5, 5)),
)
NAMES = ["user", "item", "timestamp", "device", "price", "tags", "vector"]
FEATURES = "device:categorical,price:numerical,tags:list,vector:numerical_list"


@pytest.fixture(scope="module", autouse=True)
def small_buckets():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seqrec_tool_prepare.buckets, "BUCKET_EVENTS", 7)
        yield


def log_of(folder: Path, events, kind: str) -> Path:
    types = {"tags": pl.List(pl.String), "vector": pl.List(pl.Float64), "price": pl.Float64}
    frame = pl.DataFrame(events, schema=NAMES, orient="row", schema_overrides=types)
    path = folder / f"log.{kind}"
    if kind == "parquet":
        frame.write_parquet(path)
    else:
        joined = [pl.col(name).cast(pl.List(pl.String)).list.join("|") for name in types if
                  name != "price"]  # fmt: skip
        frame.with_columns(joined).write_csv(path)
    return path


def histories(events, drop_repeated):
    """User to events in the order of time; ties in that of the file."""
    lists = defaultdict(list)
    for event in sorted(events, key=lambda each: each[2]):
        repeats = [each for each in lists[event[0]] if each[1:3] == event[1:3]]
        if not (drop_repeated and repeats):
            lists[event[0]].append(event)
    return dict(sorted(lists.items()))


def naive(training, history, column):
    """Encoded values of a column of NAMES for the events of a history, as training has it."""
    values, seen = [event[column] for event in history], [event[column] for event in training]
    if NAMES[column] == "device":
        texts = sorted({value for value in seen if value})
        known = [None, *(sorted(texts, key=int) if all(t.isdigit() for t in texts) else texts)]
        return [known.index(value) if value in known else 0 for value in values]
    if NAMES[column] == "price":
        numbers = [value for value in seen if value is not None]
        mean = math.fsum(numbers) / len(numbers) if numbers else 0.0
        spread = float(np.std(numbers)) if len(set(numbers)) > 1 else 0.0
        spread = spread if spread > 1e-30 else 1.0
        return [0.0 if value is None else (value - mean) / spread for value in values]
    if NAMES[column] == "tags":
        known = sorted({tag for value in seen for tag in value})
        return [list(dict.fromkeys(known.index(t) for t in v if t in known)) for v in values]
    size = 2 if any(event[column] for event in training + history) else None
    return [list(value) if value else [0.0] * (size or 1) for value in values]


def close(left, right):
    return np.allclose(left, right, rtol=1e-5, atol=1e-5)


@given(
    events=st.lists(EVENT, min_size=1, max_size=40),
    kind=st.sampled_from(["csv", "parquet"]),
    drop_repeated=st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_features_of_events_are_those_of_a_plain_loop(events, kind, drop_repeated):
    events = [(*e[:-1], list(e[-1]) if e[-1] else None) for e in events]
    lists = histories(events, drop_repeated)
    train = {u: h[:-2] if len(h) >= 3 else h for u, h in lists.items()}
    training = [event for history in train.values() for event in history]
    if not any(e[-1] for e in training) and any(e[-1] for e in events):
        return  # the size is then known from other splits; told below
    with TemporaryDirectory() as name:
        out = Path(name) / "data"
        prepare(
            log_of(Path(name), events, kind),
            out,
            event_features=FEATURES,
            keep_time=True,
            time_gaps=True,
            request_time=True,
            drop_repeated=drop_repeated,
        )
        users = pl.read_parquet(out / "users.parquet")["user"]
        last = max(event[2] for history in lists.values() for event in history)
        buckets = [b for h in train.values() for b in naive_gaps(h)]
        for split, cut in (("train", None), ("validate", -2), ("test", -1), ("predict", None)):
            for row in pl.read_parquet(out / f"{split}.parquet").to_dicts():
                user = users[row["query_id"]]
                full = lists[user]
                history = train[user] if split == "train" else full[:cut]
                asked = history[-1][2] if split == "train" else full[cut][2] if cut else last
                assert row["request_time"] == asked
                assert row["timestamp"] == [event[2] for event in history]
                assert row["time_gap"] == [min(g, max(buckets)) for g in naive_gaps(history)]
                assert row["device"] == naive(training, history, 3)
                assert close(row["price"], naive(training, history, 4))
                assert row["tags"] == naive(training, history, 5)
                assert close(row["vector"], naive(training, history, 6))


def naive_gaps(history):
    times = [event[2] for event in history]
    steps = [0, *(b - a for a, b in pairwise(times))]
    return [math.floor(math.log2(1 + step)) for step in steps]


LOG = [
    *[("u", 1, 10, "tv"), ("u", 2, 10, ""), ("u", 3, 12, "pc"), ("u", 4, 99, "vr")],
    *[("u", 5, 1000, "tv"), ("w", 1, 5, "pc"), ("w", 2, 5, "pc"), ("w", 3, 5, "tv")],
]


@pytest.fixture
def folder(tmp_path):
    frame = pl.DataFrame(LOG, schema=["user", "item", "timestamp", "device"], orient="row")
    frame.with_columns(one=pl.lit(0.1), none=pl.lit("")).write_csv(tmp_path / "log.csv")
    features = "device:categorical,one:numerical,none:numerical"
    report = prepare(
        tmp_path / "log.csv",
        tmp_path / "data",
        event_features=features,
        time_gaps=True,
        request_time=True,
    )
    return tmp_path / "data", report


def test_what_only_later_splits_have_is_unknown_and_counted(folder):
    out, report = folder
    test = pl.read_parquet(out / "test.parquet").to_dicts()
    entry = json.loads((out / "features.json").read_text())["device"]
    assert entry["values"] == [None, "pc", "tv"]  # vr is of validation alone
    assert test[0]["device"] == encode(entry, ["tv", "", "pc", "vr"]) == [2, 0, 1, 0]
    assert decode(entry, [2, 0]) == ["tv", None]
    assert report["event_features"] == {
        "missing": {"device": 1, "one": 0, "none": 8},
        "unknown": {"device": 1, "one": 0, "none": 0},
    }


def test_a_constant_and_a_missing_number_are_0(folder):
    for row in pl.read_parquet(folder[0] / "test.parquet").to_dicts():
        assert set(row["one"]) == set(row["none"]) == {0.0}


def test_a_raw_gap_becomes_what_the_data_has(folder):
    out, _ = folder
    entry = json.loads((out / "features.json").read_text())["time_gap"]
    for row in pl.read_parquet(out / "predict.parquet").to_dicts():
        assert row["time_gap"] == encode(entry, gaps(row["timestamp"]))
    assert entry["buckets"] == 2  # 10, 10, 12 in training: later gaps are of the last bucket


def test_requests_are_not_before_the_events_of_their_rows(folder):
    out, _ = folder
    asked = {
        split: pl.read_parquet(out / f"{split}.parquet")["request_time"].to_list()
        for split in ("train", "validate", "test", "predict")
    }
    assert asked == {
        "train": [12, 5],
        "validate": [99, 5],
        "test": [1000, 5],
        "predict": [1000] * 2,
    }
    types = pl.read_parquet_schema(out / "train.parquet")
    assert types["request_time"] == pl.Int64
