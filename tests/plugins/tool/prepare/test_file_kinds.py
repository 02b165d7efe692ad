"""What is no table is named, with what makes a table of it."""

import gzip
import os

import pytest
from seqrec_tool_prepare.file_kinds import refuse_other_kinds

from seqrec_core.errors import DataError


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"user,item", mtime=0), "compressed by gzip, not a table; decompress"),
        (b"PK\x03\x04 and more", "a zip archive"),
        ("user,item".encode("utf-16"), "UTF-16 text.*iconv"),
        (b'{"user": 1}', r"JSON, not a table; .*read_ndjson"),
        (b'\xef\xbb\xbf[{"user": 1}]', r"JSON, not a table; .*read_json"),
        (b"", "the file is empty"),
    ],
)
def test_other_kinds_are_named(tmp_path, content, message):
    (tmp_path / "log").write_bytes(content)
    with pytest.raises(DataError, match=message):
        refuse_other_kinds(tmp_path / "log")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "log")
    with pytest.raises(DataError, match="write it to a file first"):
        refuse_other_kinds(tmp_path / "log")
