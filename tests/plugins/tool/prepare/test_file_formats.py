"""The format of a file is told by its content where its name says nothing."""

import pytest
from seqrec_tool_prepare.file_formats import format_of
from seqrec_tool_prepare.input_files import InputFile

from seqrec_core.errors import DataError


@pytest.mark.parametrize(
    ("name", "text", "format"),
    [
        ("log.csv", "user item", "csv"),
        ("log", "user\titem", "tsv"),
        ("log", "user:token\titem:token", "recbole"),
        ("log", "user;item", "csv"),
        ("log", "user::item", "csv"),
        ("log", "1 2 3", "sequences"),
        ("log", '{"user": 1}', "jsonl"),
        ("log.json", "x", "jsonl"),
        ("log.csv", "PAR1", "parquet"),
        ("LOG.PQ", "x", "parquet"),
    ],
)
def test_the_suffix_or_the_content_says_the_format(tmp_path, name, text, format):
    (tmp_path / name).write_text(text)
    assert format_of(InputFile.of(tmp_path / name)) == format


def test_fields_that_are_said_to_be_there_make_a_csv(tmp_path):
    (tmp_path / "log").write_text("1 2 3")
    assert format_of(InputFile.of(tmp_path / "log"), is_delimited=True) == "csv"


def test_a_line_of_one_word_is_of_no_format(tmp_path):
    (tmp_path / "log").write_text("word")
    with pytest.raises(DataError, match=r"'word' is no line.*--separator.*--columns"):
        format_of(InputFile.of(tmp_path / "log"))
