"""`seqrec evaluate` on a ring of items."""

import errno
import json
import os
import shutil
import warnings
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from changed_lock import change_lock
from seqrec_fake_run import ITEMS, LENGTH, NAMES, USERS, show_truth
from seqrec_tool_run.evaluate import measure
from typer.testing import CliRunner

from seqrec_core import Bundle
from seqrec_core.cli.app import app
from seqrec_core.errors import DataError
from seqrec_core.places import local


def test_evaluate_shows_and_stores_metrics_beside_popularity(seqrec, run):
    output = seqrec("evaluate", run)
    metrics = Bundle.load(run).metrics
    assert metrics["test/recall@1"] > 0.9
    assert metrics["test/popularity/recall@1"] < 0.2
    for text in ("test", "recall@1", f"{metrics['test/recall@1']:.4f}", "report.html"):
        assert text in output
    assert metrics["validate/ndcg@10"]  # what fit measured stays
    assert "<h2>test</h2>" in (run / "report.html").read_text()


def test_scripts_get_the_metrics_as_json_and_nothing_else(run):
    result = CliRunner().invoke(app, ["evaluate", str(run), "--json"])
    metrics = Bundle.load(run).metrics
    assert json.loads(result.stdout) == {n: x for n, x in metrics.items() if n.startswith("test/")}
    assert "report.html" in result.stderr


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_in_a_folder_that_is_read_only_metrics_are_shown_and_not_stored(
    seqrec, run, monkeypatch, number
):
    before, opened = (run / "metrics.json").read_bytes(), os.open

    def refusing(path, flags, *rest, **more):
        if flags & (os.O_WRONLY | os.O_RDWR) and str(path).startswith(str(run)):
            raise OSError(number, os.strerror(number), str(path))
        return opened(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", refusing)
    output = " ".join(seqrec("evaluate", run).split())
    assert "ndcg@10" in output
    assert f"not stored, for {run} is read-only" in output
    assert "report:" not in output
    assert (run / "metrics.json").read_bytes() == before


def test_evaluate_agrees_with_what_predict_returns(seqrec, run, folder, tmp_path):
    seqrec("evaluate", run)
    pq.write_table(pq.read_table(folder / "test.parquet"), folder / "predict.parquet")
    seqrec("predict", run, "--out", tmp_path / "recs.parquet", "--top-k", 5)
    truth = pq.read_table(folder / "test.parquet")["ground_truth"].to_pylist()
    rows = pq.read_table(tmp_path / "recs.parquet").to_pylist()
    hits = {row["user"] for row in rows if row["item"] == NAMES[truth[row["user"] - 1000][0]]}
    assert Bundle.load(run).metrics["test/recall@5"] == pytest.approx(len(hits) / USERS)


def test_numbers_of_other_data_stand_beside_those_of_the_training(seqrec, run, folder, tmp_path):
    seqrec("evaluate", run)
    before = Bundle.load(run).metrics
    same, other = tmp_path / "copy", tmp_path / "day2"
    for place in (same, other):
        shutil.copytree(folder, place)
    rows = pq.read_table(other / "train.parquet")
    pq.write_table(rows.slice(1), other / "train.parquet")
    seqrec("evaluate", run, "--data", same)
    assert Bundle.load(run).metrics == before, "the data of the training, in another place"
    seqrec("evaluate", run, "--data", other)
    after = Bundle.load(run).metrics
    assert {name: after[name] for name in before} == before
    assert after["test@day2/recall@1"] == before["test/recall@1"]
    assert after["test@day2/popularity/recall@1"] == before["test/popularity/recall@1"]


@pytest.mark.parametrize("place", ["gone", "memory://gone"])
def test_where_the_folder_of_the_training_is_gone_counts_and_the_report_tell(
    run, folder, monkeypatch, place
):
    """Nobody can tell without a report, nor with one of `--ids-from`, which keeps the counts."""
    change_lock(run, lambda lock: lock["data"].update(folder=place))
    monkeypatch.chdir(folder)
    report = folder / "report.json"
    assert measure(run, Path()).name == "test@data"
    report.write_text(json.dumps({"settings": {"ids_from": "run"}}))
    assert measure(run, Path()).name == "test@data"
    report.write_text(json.dumps({"settings": {}}))
    assert measure(run, Path()).name == "test"
    items = pq.read_table(folder / "items.parquet")
    others = items.set_column(2, "count", pa.array([2] * ITEMS))
    pq.write_table(others, folder / "items.parquet")
    assert measure(run, Path()).name == "test@data"


def test_the_folder_of_the_training_at_a_uri_is_read_where_the_lock_is_trusted(
    run, folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))
    fsspec.filesystem("memory").put(str(folder), "/ring", recursive=True)
    change_lock(run, lambda lock: lock["data"].update(folder="memory://ring"))
    assert measure(run, folder).name == "test@data"
    assert measure(run, local("memory://ring")).name == "test", "as the user says, not the lock"
    assert measure(run, folder, trust=True).name == "test"
    rows = pq.read_table(folder / "train.parquet")
    pq.write_table(rows.slice(1), folder / "train.parquet")
    assert measure(run, folder, trust=True).name == "test@data"


@pytest.mark.filterwarnings("ignore:metrics. none of")
def test_a_split_without_true_items_has_no_metrics(seqrec, run, folder):
    path = folder / "test.parquet"
    table = pq.read_table(path)
    nothing = pa.array([[]] * USERS, pa.list_(pa.int64()))
    place = table.column_names.index("ground_truth")
    pq.write_table(table.set_column(place, "ground_truth", nothing), path)
    before = (run / "metrics.json").read_text()
    with pytest.raises(DataError, match="test: no user has a true item of the catalogue"):
        seqrec("evaluate", run)
    assert (run / "metrics.json").read_text() == before


def test_targets_that_filters_take_out_are_told_once(seqrec, run, folder):
    show_truth(folder / "test.parquet", 9)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        seqrec("evaluate", run)
    said = [str(each.message) for each in caught if "take out" in str(each.message)]
    assert len(said) == 1
    assert f"(SeenItemsFilter) take out 9 of {USERS} true items" in said[0]
    assert "count as misses" in said[0]
    assert "--set postprocessors=[]" in said[0]
    assert Bundle.load(run).metrics["test/recall@20"] == pytest.approx(1 - 9 / USERS)


def test_where_they_take_out_all_there_is_nothing_to_measure(seqrec, run, folder):
    show_truth(folder / "test.parquet", USERS)
    before = (run / "metrics.json").read_text()
    with pytest.raises(DataError, match=rf"^test: .* all {USERS} .*--set postprocessors=\[\]"):
        seqrec("evaluate", run)
    assert (run / "metrics.json").read_text() == before


def write_candidates(path, of_user):
    pairs = [(1000 + user, NAMES[item]) for user in range(USERS) for item in of_user(user)]
    path.write_text("\n".join(["user,item", *(f"{user},{item}" for user, item in pairs)]))
    return path


def test_candidates_of_each_user_are_ranked_beside_the_whole_catalogue(seqrec, run, tmp_path):
    seqrec("evaluate", run)
    full = Bundle.load(run).metrics
    path = write_candidates(tmp_path / "all.csv", lambda user: range(ITEMS))
    output = seqrec("evaluate", run, "--candidates", path)
    metrics = Bundle.load(run).metrics
    assert full.items() <= metrics.items()
    for name, value in full.items():
        if name.startswith("test/"):
            assert metrics[name.replace("test/", "test:all/")] == pytest.approx(value)
    assert "test:all, candidates" in output
    assert "<h2>test:all</h2>" in (run / "report.html").read_text()


@pytest.mark.parametrize("shared", [True, False])
def test_a_true_item_among_few_candidates_ranks_as_among_those_alone(seqrec, run, tmp_path, shared):
    if shared:  # two items for everybody: each is the true one of a user in ITEMS
        path = tmp_path / "few.txt"
        path.write_text("item 3\nitem 8\n")
        hits = sum((user + 2 + LENGTH) % ITEMS in (3, 8) for user in range(USERS))
    else:  # the true item and two seen ones, which the filter takes out
        path = write_candidates(
            tmp_path / "few.csv",
            lambda user: {(user + step) % ITEMS for step in (2, 3, 2 + LENGTH)},
        )
        hits = USERS
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        seqrec("evaluate", run, "--candidates", path)
    texts = [str(warning.message) for warning in caught]
    said = [text for text in texts if "are not among the candidates" in text]
    assert len(said) == (hits < USERS)
    assert all(f"{USERS - hits} of {USERS} true items" in text for text in said)
    metrics = Bundle.load(run).metrics
    assert metrics["test:few/recall@10"] == pytest.approx(hits / USERS)
    assert metrics["test:few/popularity/recall@10"] == pytest.approx(hits / USERS)
    assert "test/recall@10" not in metrics


def test_each_user_of_the_split_needs_candidates(seqrec, run, tmp_path):
    path = write_candidates(tmp_path / "some.csv", lambda user: range(user % 2))
    before = (run / "metrics.json").read_text()
    with pytest.raises(
        DataError, match=f"test: {USERS // 2} of {USERS} users .* such as 1000, 1002"
    ):
        seqrec("evaluate", run, "--candidates", path)
    assert (run / "metrics.json").read_text() == before


def test_candidates_without_any_true_item_store_nothing(seqrec, run, tmp_path):
    path = write_candidates(tmp_path / "seen.csv", lambda user: [(user + 2) % ITEMS])
    before = (run / "metrics.json").read_text()
    with pytest.raises(DataError, match=f"none of {USERS} true items is among the candidates"):
        seqrec("evaluate", run, "--candidates", path)
    assert (run / "metrics.json").read_text() == before
