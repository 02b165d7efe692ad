"""What is no table is named, with what makes a table of it."""

import gzip
import os

import pytest
from seqrec_tool_prepare.file_kinds import refuse_missing, refuse_other_kinds
from seqrec_tool_prepare.input_files import InputFile

from seqrec_core.errors import DataError


def packed(data):
    return gzip.compress(data, mtime=0)  # the names of tests must not tell the time


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04 and more", "a zip archive"),
        ("user,item".encode("utf-16"), "UTF-16 text.*iconv"),
        (b'\xef\xbb\xbf[{"user": 1}]', r"one array of JSON, not a table; .*jq"),
        (b"[\n  {", "one array of JSON"),
        (packed(b"a" * 257 + b"ustar"), "a tar archive"),
        (packed(packed(b"user,item")), "compressed twice"),
        (packed(b""), "the file is empty"),
    ],
)
def test_other_kinds_are_named(tmp_path, content, message):
    (tmp_path / "log").write_bytes(content)
    with pytest.raises(DataError, match=message):
        refuse_other_kinds(InputFile.of(tmp_path / "log"))


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "log")
    with pytest.raises(DataError, match="write it to a file first"):
        refuse_missing(tmp_path / "log")
    (tmp_path / "empty").touch()
    with pytest.raises(DataError, match="the file is empty"):
        refuse_missing(tmp_path / "empty")
    with pytest.raises(DataError, match="no such file"):
        refuse_missing(tmp_path / "nowhere")
