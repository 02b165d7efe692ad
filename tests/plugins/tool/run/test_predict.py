"""`seqrec predict` on a ring of items."""

import csv

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_fake_run import ITEMS, LENGTH, NAMES, USERS

from seqrec_core.errors import DataError, SeqrecError


def test_predict_writes_unseen_items_with_the_ids_of_the_data(seqrec, run, tmp_path):
    output = seqrec("predict", run, "--out", tmp_path / "recs.parquet", "--top-k", 3)
    rows = pq.read_table(tmp_path / "recs.parquet").to_pylist()
    assert len(rows) == 3 * USERS
    assert [row["rank"] for row in rows[:3]] == [1, 2, 3]
    assert rows[0]["user"] == 1000
    assert rows[0]["item"] == "item 7"  # user 0 ended at item 6
    seen = {f"item {index}" for index in (3, 4, 5, 6)}
    assert not seen & {row["item"] for row in rows[:3]}
    assert "item 7 (" in output
    assert "recs.parquet" in output


def test_seen_items_stay_when_asked(seqrec, run, tmp_path):
    seqrec("predict", run, "--out", tmp_path / "all.parquet", "--top-k", ITEMS, "--keep-seen")
    seqrec("predict", run, "--out", tmp_path / "new.parquet", "--top-k", ITEMS)
    assert pq.read_metadata(tmp_path / "all.parquet").num_rows == ITEMS * USERS
    assert pq.read_metadata(tmp_path / "new.parquet").num_rows == (ITEMS - LENGTH) * USERS


def test_only_candidates_are_recommended(seqrec, run, tmp_path):
    (tmp_path / "some.txt").write_text("item 7\nitem 1\n")
    out = tmp_path / "recs.parquet"
    seqrec("predict", run, "--out", out, "--candidates", tmp_path / "some.txt")
    rows = pq.read_table(out).to_pylist()
    assert {row["item"] for row in rows} == {"item 1", "item 7"}
    assert rows[0]["item"] == "item 7"


def test_the_folder_of_predictions_is_made(seqrec, run, tmp_path):
    seqrec("predict", run, "--out", tmp_path / "a" / "b" / "top.parquet")
    assert (tmp_path / "a" / "b" / "top.parquet").is_file()


def test_a_csv_file_holds_what_the_parquet_file_does(seqrec, run, tmp_path):
    output = seqrec("predict", run, "--out", tmp_path / "top.CSV", "--top-k", 3)
    seqrec("predict", run, "--out", tmp_path / "top.parquet", "--top-k", 3)
    rows = pq.read_table(tmp_path / "top.parquet").to_pylist()
    with (tmp_path / "top.CSV").open(newline="") as file:
        texts = list(csv.DictReader(file))
    assert [*texts[0]] == ["user", "item", "rank", "score"]
    for name, kind in (("user", int), ("item", str), ("rank", int)):
        assert [kind(row[name]) for row in texts] == [row[name] for row in rows]
    scores = [float(row["score"]) for row in texts]
    assert scores == pytest.approx([row["score"] for row in rows], rel=1e-6)
    assert "item 7 (" in output
    assert {path.name for path in tmp_path.glob("*top*")} == {"top.CSV", "top.parquet"}


@pytest.mark.parametrize("name", ["top.txt", "top", "top.parquet.gz"])
def test_a_suffix_that_is_not_written_is_refused_before_anything_is_computed(
    seqrec, tmp_path, name
):
    with pytest.raises(SeqrecError, match=r"name a file that ends in .parquet or .csv"):
        seqrec("predict", tmp_path / "none", "--out", tmp_path / "deep" / name)
    assert not (tmp_path / "deep").exists()


def test_recommendations_for_users_that_nobody_can_name_are_refused(seqrec, run, folder, tmp_path):
    (folder / "users.parquet").unlink()
    with pytest.raises(DataError, match="names its items and not its users"):
        seqrec("predict", run, "--out", tmp_path / "recs.parquet")
    assert not (tmp_path / "recs.parquet").exists()


def write_candidates(path, of_user):
    """A file of pairs, shuffled, by a rule from a user number to item numbers."""
    pairs = [(1000 + user, NAMES[item]) for user in range(USERS) for item in of_user(user)]
    pairs = pairs[1::2] + pairs[::2]
    users, items = zip(*pairs, strict=True)
    if path.suffix == ".csv":
        lines = [f'"{item}",{user}' for user, item in pairs]
        path.write_text("\n".join(["\ufeffitem,user", *lines, ""]))
    else:
        pq.write_table(pa.table({"user": users, "score": items, "item": items}), path)
    return path


def lists(path) -> dict:
    """Items and scores of each user, best first."""
    rows = pq.read_table(path).to_pylist()
    rows.sort(key=lambda row: (row["user"], row["rank"]))
    answer = {}
    for row in rows:
        answer.setdefault(row["user"], []).append((row["item"], row["score"]))
    return answer


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("keep_seen", [[], ["--keep-seen"]])
def test_each_user_chooses_among_candidates_of_its_own(seqrec, run, tmp_path, suffix, keep_seen):
    def of_user(user):
        return [item for item in range(ITEMS) if (item * 7 + user) % 5 < user % 4]

    path = write_candidates(tmp_path / f"each.{suffix}", of_user)
    out, every = tmp_path / "recs.parquet", tmp_path / "every.parquet"
    seqrec("predict", run, "--out", every, "--top-k", ITEMS, *keep_seen)
    output = seqrec("predict", run, "--out", out, "--candidates", path, "--top-k", 3, *keep_seen)
    expected = {
        user: [pair for pair in pairs if NAMES.index(pair[0]) in of_user(user - 1000)][:3]
        for user, pairs in lists(every).items()
    }
    assert lists(out) == {user: pairs for user, pairs in expected.items() if pairs}
    assert f"predict: {USERS // 4} of {USERS} users have no candidates in {path}" in output
    assert "such as 1000, 1004, 1008; nothing is recommended to them" in output


def test_candidates_of_each_user_that_are_all_items_change_nothing(seqrec, run, tmp_path):
    path = write_candidates(tmp_path / "all.parquet", lambda user: range(ITEMS))
    out, every = tmp_path / "recs.parquet", tmp_path / "every.parquet"
    seqrec("predict", run, "--out", every)
    output = seqrec("predict", run, "--out", out, "--candidates", path)
    assert lists(out) == lists(every)
    assert "no candidates" not in output


def test_candidates_of_other_users_alone_are_an_error(seqrec, run, folder, tmp_path):
    users = pq.read_table(folder / "users.parquet").to_pydict()
    users = {"query_id": [*users["query_id"], 999], "user": [*users["user"], 7]}
    pq.write_table(pa.table(users), folder / "users.parquet")
    path = tmp_path / "each.csv"
    path.write_text("user,item\n7,item 1\n")
    with pytest.raises(DataError, match=f"predict: {USERS} of {USERS} users have no candidates"):
        seqrec("predict", run, "--out", tmp_path / "recs.parquet", "--candidates", path)
    assert not (tmp_path / "recs.parquet").exists()


@pytest.mark.parametrize("rows", [[0, 0], [0, 13]])
def test_a_user_that_is_there_twice_is_named(seqrec, run, folder, tmp_path, rows):
    table = pq.read_table(folder / "predict.parquet")
    ids = [*range(USERS)]
    ids[rows[1] or 1] = rows[0]
    place = table.column_names.index("query_id")
    pq.write_table(table.set_column(place, "query_id", pa.array(ids)), folder / "predict.parquet")
    with pytest.raises(DataError, match=r"query_id 0 \(user 1000\) is there more than once"):
        seqrec("predict", run, "--out", tmp_path / "recs.parquet")
    assert not [*tmp_path.glob("*recs*")]


def test_a_prediction_of_nothing_says_why(seqrec, run, folder, tmp_path):
    rows = pq.read_table(folder / "predict.parquet").to_pylist()
    every = [row | {"seen_ids": [*range(ITEMS)]} for row in rows]
    pq.write_table(pa.Table.from_pylist(every), folder / "predict.parquet")
    said = seqrec("predict", run, "--out", tmp_path / "recs.parquet", "--top-k", 100)
    assert f"{USERS} users have no items left after the postprocessors; keep" in said
    assert "nothing is recommended" in said
    assert f"top-k is 100, and there are {ITEMS} items to choose from" in said
    assert "no items left" not in seqrec("predict", run, "--out", tmp_path / "b.csv", "--keep-seen")


def test_of_several_processes_the_first_one_predicts(seqrec, run, tmp_path, monkeypatch):
    out = tmp_path / "recs.parquet"
    monkeypatch.setenv("RANK", "1")
    assert seqrec("predict", run, "--out", out) == ""
    assert not out.exists()
    monkeypatch.setenv("RANK", "0")
    assert "recs.parquet" in seqrec("predict", run, "--out", out)
