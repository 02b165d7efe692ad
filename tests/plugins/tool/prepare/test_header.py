"""Fields have names of a header, or those that were given."""

from pathlib import Path

import pytest
from seqrec_tool_prepare.header import header_of

from seqrec_core.errors import DataError

LOG = Path("log.csv")


def test_a_header_of_recbole_has_names_and_types():
    header = header_of(LOG, ["user_id:token", "plain"], "recbole", None)
    assert (header.names, header.types) == (["user_id", "plain"], {"user_id": "token"})


def test_fields_without_a_header_are_named_or_passed_over():
    header = header_of(LOG, ["1", "2", "3", "4"], "csv", ["user", "_", "item", "_"])
    assert not header.is_line
    assert [name for name in header.names if name not in header.passed] == ["user", "item"]
    assert len(set(header.names)) == 4


@pytest.mark.parametrize(
    ("fields", "columns", "message"),
    [
        (["1", "2"], ["user"], "names 1, and the first line has 2 fields, '1', '2'; .*--separator"),
        (["1", "2"], ["user", "user"], "--columns has 'user' twice"),
        (["User", "x"], ["user", "item"], "line 1: 'user' is a column's name"),
        (["user_id", "x"], ["u", "i"], "line 1: 'user_id' is a column's name.*other files"),
        (["1", "2"], ["user", ""], "leaves a field without a name"),
        (["1", "2"], ["_", "_"], "leaves a field without a name, or all"),
        (["a", "a"], None, "two columns are named 'a'.*--columns"),
    ],
)
def test_names_that_do_not_fit_are_refused(fields, columns, message):
    with pytest.raises(DataError, match=message):
        header_of(LOG, fields, "csv", columns)
