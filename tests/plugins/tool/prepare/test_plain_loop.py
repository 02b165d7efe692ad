"""Histories, filters and splits are those that a plain loop over the events gives."""

from collections import Counter, defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
import seqrec_tool_prepare.buckets
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare.commands import prepare

from seqrec_core.errors import DataError

Event = tuple[int, int, int]
logs = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 8), st.integers(0, 20)), min_size=1, max_size=60
)


@pytest.fixture(scope="module", autouse=True)
def small_buckets():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seqrec_tool_prepare.buckets, "BUCKET_EVENTS", 7)
        yield


def naive_core(events: list[Event], min_user: int, min_item: int) -> list[Event]:
    while True:
        users, items = Counter(e[0] for e in events), Counter(e[1] for e in events)
        rest = [e for e in events if users[e[0]] >= min_user and items[e[1]] >= min_item]
        if rest == events:
            return rest
        events = rest


def naive_histories(events: list[Event]) -> dict[int, list[tuple[int, int]]]:
    histories = defaultdict(list)
    for user, item, time in sorted(events, key=lambda event: event[2]):  # stable
        histories[user].append((item, time))
    return dict(sorted(histories.items()))


def log_of(folder: Path, events: list[Event]) -> Path:
    frame = pl.DataFrame(events, schema=["user", "item", "timestamp"], orient="row")
    frame.write_csv(folder / "log.csv")
    return folder / "log.csv"


def read(folder: Path, split: str, column: str = "item_id") -> dict[int, list[int]]:
    """User to list, both with external ids."""
    users = pl.read_parquet(folder / "users.parquet")["user"]
    items = pl.read_parquet(folder / "items.parquet")["item"]
    frame = pl.read_parquet(folder / f"{split}.parquet")
    return {
        users[row["query_id"]]: [items[item] for item in row[column]] for row in frame.to_dicts()
    }


@given(events=logs, minima=st.tuples(st.integers(1, 3), st.integers(1, 3)))
@settings(max_examples=25, deadline=None)
def test_leave_one_out_after_the_core(events, minima):
    core = naive_core(events, *minima)
    histories = {u: [i for i, _ in h] for u, h in naive_histories(core).items()}
    long = {user: items for user, items in histories.items() if len(items) >= 3}
    with TemporaryDirectory() as name:
        folder, out = Path(name), Path(name) / "data"
        counts = {"min_user_count": minima[0], "min_item_count": minima[1]}
        if not core:
            with pytest.raises(DataError, match="lower --min"):
                prepare(log_of(folder, events), out, **counts)
            return
        report = prepare(log_of(folder, events), out, **counts)
        train = {u: h[:-2] if u in long else h for u, h in histories.items()}
        assert read(out, "train") == train
        assert read(out, "predict") == histories
        assert read(out, "predict", "seen_ids") == histories
        for split, cut in (("validate", -2), ("test", -1)):
            assert read(out, split) == {u: h[:cut] for u, h in long.items()}
            assert read(out, split, "seen_ids") == read(out, split)
            assert read(out, split, "ground_truth") == {u: [h[cut]] for u, h in long.items()}
            assert read(out, split, "train") == {u: h[:-2] for u, h in long.items()}
        counts = Counter(item for history in train.values() for item in history)
        items = pl.read_parquet(out / "items.parquet")
        assert items["item"].to_list() == sorted({item for _, item, _ in core})
        assert items["count"].to_list() == [counts[item] for item in items["item"]]
        assert report["short_users"] == len(histories) - len(long)
        assert report["kept"]["events"] == len(core)
        assert sum(drop["events"] for drop in report["dropped"]) == len(events) - len(core)
        cold = [h[-1] for h in long.values() if not counts[h[-1]]]
        assert report["splits"]["test"]["cold_events"] == len(cold)
        assert report["splits"]["test"]["cold_items"] == len(set(cold))


@given(events=logs, moments=st.tuples(st.integers(1, 10), st.integers(11, 20)))
@settings(max_examples=25, deadline=None)
def test_global_time(events, moments):
    first, second = moments
    histories = naive_histories(events)
    with TemporaryDirectory() as name:
        out = Path(name) / "data"
        options = {"split": "global-time", "validate_from": first, "test_from": str(second)}
        if min(time for *_, time in events) >= first:
            with pytest.raises(DataError, match="nothing is left to train on"):
                prepare(log_of(Path(name), events), out, **options)
            return
        report = prepare(log_of(Path(name), events), out, **options)

        def between(low: int, high: int) -> dict[int, list[int]]:
            return {u: [i for i, t in h if low <= t < high] for u, h in histories.items()}

        train, past = between(0, first), between(0, second)
        validate, test = between(first, second), between(second, 99)
        assert read(out, "train") == {u: h for u, h in train.items() if h}
        validated = {u for u in histories if train[u] and validate[u]}
        assert read(out, "validate", "ground_truth") == {u: validate[u] for u in validated}
        assert read(out, "validate") == {u: train[u] for u in validated}
        tested = {u for u in histories if past[u] and test[u]}
        assert read(out, "test", "ground_truth") == {u: test[u] for u in tested}
        assert read(out, "test") == {u: past[u] for u in tested}
        assert read(out, "test", "train") == {u: train[u] for u in tested}
        missed = sum(bool(test[u]) and u not in tested for u in histories)
        assert report["splits"]["test"]["without_history"] == missed
        assert report["begins"] == {"validate": first, "test": second}


def test_dates_of_a_form_of_their_own_and_as_moments(tmp_path):
    log = tmp_path / "log.csv"
    days = [f"1,{n},{n + 1:02d}/01/1970\n" for n in range(9)]
    log.write_text("user,item,timestamp\n" + "".join(reversed(days)))
    prepare(
        log,
        tmp_path / "data",
        time_format="%d/%m/%Y",
        split="global-time",
        validate_from="1970-01-05",
        test_from="1970-01-08T00:00:00+00:00",
    )
    assert read(tmp_path / "data", "train") == {1: [0, 1, 2, 3]}
    assert read(tmp_path / "data", "test", "ground_truth") == {1: [7, 8]}


def test_quantiles_cut_the_events_and_not_the_range_of_times(tmp_path):
    events = [(n % 3, n, min(n, 50) + 1000 * (n > 89)) for n in range(100)]
    report = prepare(log_of(tmp_path, events), tmp_path / "data", split="global-time")
    assert report["begins"] == {"validate": 50, "test": 1050}  # events 80 and 90
    assert report["splits"]["train"]["events"] == 50
    assert report["splits"]["test"]["events"] == 10


def test_lines_of_items_are_histories_in_the_order_of_the_file(tmp_path):
    (tmp_path / "log.txt").write_text("7 30 10  20 40\n\n3\t10 30\n7 50\n")
    report = prepare(tmp_path / "log.txt", tmp_path / "data")
    assert read(tmp_path / "data", "predict") == {3: [10, 30], 7: [30, 10, 20, 40, 50]}
    assert report["order"]["by"] == "file"
