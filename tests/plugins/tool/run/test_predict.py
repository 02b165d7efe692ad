"""`seqrec predict` on a ring of items, and the files of candidates that it reads."""

import csv

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_fake_run import ITEMS, LENGTH, USERS
from seqrec_tool_run.predict import read_candidates

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


def test_a_byte_order_mark_and_ends_of_lines_are_no_part_of_a_candidate(tmp_path):
    path = tmp_path / "candidates.txt"
    path.write_bytes("\ufeffred shoe\r\ncafé\r\n".encode())
    assert read_candidates(path, pa.array(["café", "red shoe"])).tolist() == [1, 0]


def test_spaces_around_a_candidate_count_where_an_item_has_them(tmp_path):
    path = tmp_path / "candidates.txt"
    path.write_text(" lead\nlead\n  tail \n \n\u2028x")
    items = pa.array(["lead", " lead", "tail", "\u2028x"])
    assert read_candidates(path, items).tolist() == [1, 0, 2, 3]


def test_one_item_written_in_two_ways_is_named_twice(tmp_path):
    path = tmp_path / "candidates.txt"
    path.write_text("ant\n ant\n")
    with pytest.raises(DataError, match="line 2: 'ant' is named twice"):
        read_candidates(path, pa.array(["ant"]))


def test_candidates_that_are_no_text_say_so(tmp_path):
    path = tmp_path / "candidates.txt"
    path.write_bytes("café".encode("latin-1"))
    with pytest.raises(DataError, match="save it as UTF-8"):
        read_candidates(path, pa.array(["café"]))


@pytest.mark.parametrize("suffix", ["txt", "parquet"])
def test_candidates_are_read_by_the_ids_of_the_data(tmp_path, suffix):
    path = tmp_path / f"candidates.{suffix}"
    if suffix == "txt":
        path.write_text("30\n\n 10\n")
    else:
        pq.write_table(pa.table({"item": [30, 10]}), path)
    assert read_candidates(path, pa.array([10, 20, 30])).tolist() == [2, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bee\ncow\n", "line 2: 'cow' is no item that the model knows"),
        ("bee\nant\nbee\n", "line 3: 'bee' is named twice"),
        ("", "names no item"),
    ],
)
def test_faulty_candidates_are_named_with_their_line(tmp_path, text, message):
    path = tmp_path / "candidates.txt"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_candidates(path, pa.array(["ant", "bee"]))


def test_a_missing_file_of_candidates_is_named(tmp_path):
    with pytest.raises(DataError, match=r"some.txt is missing; give a file with one item a line"):
        read_candidates(tmp_path / "some.txt", pa.array(["ant"]))


def test_recommendations_for_users_that_nobody_can_name_are_refused(seqrec, run, folder, tmp_path):
    (folder / "users.parquet").unlink()
    with pytest.raises(DataError, match="names its items and not its users"):
        seqrec("predict", run, "--out", tmp_path / "recs.parquet")
    assert not (tmp_path / "recs.parquet").exists()
