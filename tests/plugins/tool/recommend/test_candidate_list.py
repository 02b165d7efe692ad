"""Candidates of a file: what `predict` reads of it, for one history."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_recommend.candidate_list import candidate_list

from seqrec_core.errors import DataError

KNOWN = {"a", " b", "c d"}


def written_as(folder, content):
    path = folder / "items.txt"
    path.write_bytes(content)
    return path


def test_lines_are_items_and_space_is_theirs_where_it_is_known(tmp_path):
    path = written_as(tmp_path, b"\xef\xbb\xbfa \r\n\n b\r\n  \nc d\n-5")
    assert candidate_list(path, KNOWN.__contains__) == ["a", " b", "c d", "-5"]


def test_a_column_of_parquet_gives_its_values_as_text(tmp_path):
    pq.write_table(pa.table({"item": [3, -1]}), tmp_path / "i.parquet")
    assert candidate_list(tmp_path / "i.parquet", KNOWN.__contains__) == ["3", "-1"]
    pq.write_table(pa.table({"item": ["a", None]}), tmp_path / "n.parquet")
    with pytest.raises(DataError, match="'item' is null in row 1"):
        candidate_list(tmp_path / "n.parquet", KNOWN.__contains__)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "names no item; give one a line"),
        (b" \n\n", "names no item"),
        (b"\xff\xfe", "is no text in UTF-8"),
        (b"user,item\n1,a\n", "one history has no user: give items alone"),
    ],
)
def test_a_file_without_items_is_refused(tmp_path, content, fault):
    with pytest.raises(DataError, match=fault):
        candidate_list(written_as(tmp_path, content), KNOWN.__contains__)
    with pytest.raises(DataError, match="is no file"):
        candidate_list(tmp_path, KNOWN.__contains__)
