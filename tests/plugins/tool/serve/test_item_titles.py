"""Titles from tables."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_serve.item_titles import titles_option

from seqrec_core.errors import DataError


def test_ids_of_csv_stay_text_and_the_first_title_counts(tmp_path):
    text = 'id,title,price\n007,"Bond, James",3\n8,Eight,x\n8,Again,4\n9,,5\n'
    (tmp_path / "items.csv").write_text(text)
    titles = titles_option(f"{tmp_path}/items.csv:id:title").read()
    assert titles == {"007": "Bond, James", "8": "Eight", "9": ""}
    (tmp_path / "items.tsv.gz").write_bytes(gzip.compress(text.replace(",", "\t").encode()))
    titles = titles_option(f"{tmp_path}/items.tsv.gz:id:title").read()
    assert titles["8"] == "Eight"


def test_parquet_gives_its_values_as_text(tmp_path):
    table = pa.table({"n": [7, None, 9], "name": ["seven", "none", None]})
    pq.write_table(table, tmp_path / "a:b.parquet")
    assert titles_option(f"{tmp_path}/a:b.parquet:n:name").read() == {"7": "seven"}


@pytest.mark.parametrize("text", ["items.csv", "items.csv:id", ":id:title", "items.csv::title"])
def test_another_form_is_refused(text):
    with pytest.raises(DataError, match="give FILE:ID:TITLE"):
        titles_option(text)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("none.csv:id:title", "is no file"),
        ("items.csv:id:name", "has no column 'name'; its columns are 'id', 'title'"),
        ("bad.csv:id:title", "cannot be read as CSV"),
        ("bad.parquet:id:title", "cannot be read"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path, monkeypatch, option, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "items.csv").write_text("id,title\n1,one\n")
    (tmp_path / "bad.csv").write_text("id,title\n1,one,three\n")
    (tmp_path / "bad.parquet").write_text("id,title\n")
    with pytest.raises(DataError, match=said):
        titles_option(option).read()
