"""A preparation by Spark writes the files that one on this machine writes, byte for byte."""

import gzip
import os
import signal

import numpy as np
import polars as pl
import pytest
import seqrec_tool_prepare.buckets
from seqrec_engine_spark.preparation import event_counts
from seqrec_engine_spark.preparation.spark_means import prepared_by_spark
from seqrec_engine_spark.spark_session import session_of
from seqrec_tool_prepare.commands import prepare

from seqrec_core.errors import DataError, SeqrecError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
FEW = {"spark.sql.shuffle.partitions": 2, "spark.default.parallelism": 2}
PARTS = {"spark.sql.files.maxPartitionBytes": 1000, "spark.sql.files.openCostInBytes": 500}


@pytest.fixture(scope="module", autouse=True)
def session():
    """Two tasks at a time; text is read in parts of a thousand bytes."""
    with session_of("local[2]", FEW | PARTS) as spark, pytest.MonkeyPatch.context() as patch:
        patch.setattr(seqrec_tool_prepare.buckets, "BUCKET_EVENTS", 60)
        yield spark


def log_of(seed, size=120, *, text=False):
    """Events with ties and repeats, in no order."""
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "user": rng.integers(0, 12, size),
            "item": (rng.pareto(1, size) * 3).astype(int) % 12,
            "timestamp": rng.integers(0, 60, size),
            "rating": rng.integers(1, 6, size),
        }
    )
    if text:
        name = pl.format("é,{}", pl.col("item"))
        return frame.with_columns(item=name, user=pl.format("0{}", pl.col("user")))
    return frame


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(autouse=True)
def nothing_stays_in_the_session(session):
    """What a preparation held, whether it ended well or not."""
    yield
    assert session.sparkContext._jsc.getPersistentRDDs().isEmpty()
    assert session._jsparkSession.sharedState().cacheManager().isEmpty()


def both(tmp_path, files, **options):
    """The report of Spark, once the folders of both are the same."""
    one = prepare(files, tmp_path / "one", **options)
    other = prepare(files, tmp_path / "other", engine="spark", **options)
    assert other == one
    assert contents(tmp_path / "other") == contents(tmp_path / "one")
    return other


def test_text_in_parts_with_all_that_is_kept_beside_ids(tmp_path):
    for number in (1, 2):
        data = log_of(number, text=True).write_csv(line_terminator="\r\n")
        (tmp_path / f"log [{number}].csv").write_text("\ufeff\r\n" + data, newline="")
    log_of(1, text=True).select("item", "rating").unique("item").write_csv(tmp_path / "items.csv")
    log_of(1, text=True).select("user", age="rating").unique("user").write_csv(
        tmp_path / "users.csv"
    )
    options = {"items": tmp_path / "items.csv", "item_features": "rating:numerical"}
    options |= {"users": tmp_path / "users.csv", "user_features": "age:categorical"}
    options |= {"keep_time": True, "time_gaps": True, "request_time": True}
    options |= {"min_user_count": 5, "min_item_count": 9, "min_rating": 2}
    report = both(tmp_path, (tmp_path / "log*.csv").as_uri().replace("%2A", "*"), **options)
    assert report["kept"]["events"] < report["read"]["events"]
    assert report["order"]["moved"]


def test_compressed_lines_at_quantiles_without_repeats(tmp_path):
    for number in (1, 2):
        data = gzip.compress(log_of(number, 80).write_ndjson().encode())
        (tmp_path / f"{number}.jsonl.gz").write_bytes(data)
    options = {"split": "global-time", "validate_from": "0.6", "drop_repeated": True}
    report = both(tmp_path, tmp_path / "*.gz", **options)
    assert any("repeats" in drop["reason"] for drop in report["dropped"])


def test_parquet_in_the_order_of_the_file(tmp_path):
    for number in (1, 2):
        times = pl.col("timestamp") + 60 * number
        log_of(number).with_columns(times).sort("timestamp").write_parquet(
            tmp_path / f"{number}.parquet"
        )
    report = both(tmp_path, tmp_path / "*.parquet", order="file")
    assert report["settings"]["order"] == "file"
    assert not report["order"]["moved"]


def test_rows_without_a_value_are_refused_or_dropped(tmp_path):
    log = tmp_path / "log.tsv"
    log.write_text("user\titem\ttime\n1.0\ta\t2020-01-01\n2.0\t\t2020-01-02\n1.0\tb\t2020-01-01\n")
    with pytest.raises(DataError, match=r"log.tsv, column 'item', line 3: no value"):
        prepare(log, tmp_path / "data", engine="spark")
    assert not (tmp_path / "data").exists()
    report = both(tmp_path, log, drop_incomplete=True)
    assert report["dropped"] == [{"reason": "no item", "events": 1}]


def test_faults_name_file_line_and_value(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("user,item,timestamp\n" + "1,2,3\n" * 500 + "1,2,soon\n")
    with pytest.raises(DataError, match=r"log.csv, column 'timestamp', line 502: 'soon' is not"):
        prepare(log, tmp_path / "data", engine="spark")
    log.write_text("user,item,timestamp\n" + "1,2,3\n" * 500 + '1,"2\n",3\n')
    with pytest.raises(DataError, match=r"log.csv, line 502: a quote mark .* line break"):
        prepare(log, tmp_path / "data", engine="spark")
    log.write_text("user,item,timestamp\n1,2,3\n")
    with pytest.raises(DataError, match="lower --min-user-count"):
        prepare(log, tmp_path / "data", engine="spark", min_user_count=2)
    with pytest.raises(DataError, match="--event-features is not done by the Spark engine"):
        prepare(log, tmp_path / "data", engine="spark", event_features="x:categorical")


def test_a_killed_task_is_tried_again_and_an_end_midway_leaves_the_folder(tmp_path, monkeypatch):
    log_of(4).write_csv(tmp_path / "log.csv")
    flag = tmp_path / "flag"

    def dies_once(batches):
        if not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        yield from batches

    def raises(batches):
        raise ValueError("no star of that name")

    def does(function):
        def events_of(*arguments):
            events = event_counts.events_of(*arguments)
            return events.mapInArrow(function, events.schema)

        monkeypatch.setattr("seqrec_engine_spark.preparation.spark_means.events_of", events_of)

    does(dies_once)
    both(tmp_path, tmp_path / "log.csv")
    assert flag.exists()
    before = contents(tmp_path / "other")
    does(raises)
    with pytest.raises(SeqrecError, match="engine spark: ValueError: no star of that name"):
        prepare(tmp_path / "log.csv", tmp_path / "other", engine="spark")
    assert contents(tmp_path / "other") == before


def test_an_option_that_is_left_is_named(session):
    with pytest.raises(DataError, match="--ids-from is not done"):
        prepared_by_spark(session, {}, {"ids_from"})
