"""Files of candidates, for everybody and for each user."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_tool_run.candidate_files import read_candidates

from seqrec_core.errors import DataError

ITEMS = pa.array(["ant", "bee", "cat, the"])
USERS = pa.table({"query_id": [5, 3, 9], "user": ["007", "b", "c"]})


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


def each(candidates) -> list:
    """Candidates of the users 3, 5 and 9."""
    return candidates.of_users(torch.tensor([3, 5, 9])).tolist()


PAIRS = [("b", "cat, the"), ("007", "ant"), ("b", "ant")]


def test_rows_of_csv_name_candidates_of_each_user_as_text(tmp_path):
    path = tmp_path / "each.CSV"
    path.write_text('\ufeffrank,item,user\n1,"cat, the",b\n\n1,ant,007\n2,ant,b\n')
    assert each(read_candidates(path, ITEMS, USERS)) == [[0, 2], [0, -1], [-1, -1]]


def test_rows_of_parquet_name_candidates_of_each_user(tmp_path):
    path = tmp_path / "each.parquet"
    pq.write_table(
        pa.table(dict(zip(("user", "item"), zip(*PAIRS, strict=True), strict=True))), path
    )
    assert each(read_candidates(path, ITEMS, USERS)) == [[0, 2], [0, -1], [-1, -1]]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_data_without_ids_has_candidates_by_number(tmp_path, suffix):
    path = tmp_path / f"each.{suffix}"
    if suffix == "csv":
        path.write_text("user,item\n9,1\n3,0\n")
    else:
        pq.write_table(pa.table({"user": [9, 3], "item": [1, 0]}), path)
    assert each(read_candidates(path, pa.array(range(3)))) == [[0], [-1], [1]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "b,ant\n\nc,cow\nb,dog\n",
            "line 4: 'cow' is no item that the model knows; leave out "
            "such rows, 2 of 3, or name each item as the data does",
        ),
        (
            "b,ant\nc,ant\n7,ant\n",
            "line 4: '7' is no user of the data; leave out such rows, 1 of 3",
        ),
        ("b,ant\nc,ant\nb,bee\nb,ant\n", "line 5: 'ant' is named twice for user 'b'; name each"),
        ("", "names no candidate; give a row for each user and item"),
        ("b,\n", "line 2: '' is no item"),
        ("b,ant\nc\n", "cannot be read: .*Expected 2 columns, got 1"),
    ],
)
def test_faulty_rows_are_named_with_their_line(tmp_path, rows, message):
    path = tmp_path / "each.csv"
    path.write_text("user,item\n" + rows)
    with pytest.raises(DataError, match=message):
        read_candidates(path, ITEMS, USERS)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("b", "ant"), ("c", None)], "row 2: None is no item"),
        ([("b", "ant"), ("nobody", "ant")], "row 2: 'nobody' is no user"),
        ([("b", "ant"), ("b", "ant")], "row 2: 'ant' is named twice for user 'b'"),
    ],
)
def test_faulty_rows_of_parquet_are_named(tmp_path, pairs, message):
    path = tmp_path / "each.parquet"
    users, items = zip(*pairs, strict=True)
    pq.write_table(pa.table({"user": users, "item": items}), path)
    with pytest.raises(DataError, match=message):
        read_candidates(path, ITEMS, USERS)


def test_a_csv_file_without_a_header_is_a_list_of_items(tmp_path):
    path = tmp_path / "some.csv"
    path.write_text("cat, the\nant\n")
    assert read_candidates(path, ITEMS, USERS).tolist() == [2, 0]
    path.write_text("user_id,item_id\nb,ant\n")
    with pytest.raises(DataError, match=r"line 1.*with the columns user and item names candidates"):
        read_candidates(path, ITEMS, USERS)
