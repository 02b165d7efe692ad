"""What cannot be used is named: file, column, row, and what to do."""

import re
from pathlib import Path

import polars as pl
import pytest
from seqrec_tool_prepare.prepare import prepare
from seqrec_tool_prepare.settings import Settings

from seqrec_core.errors import DataError

HEADER = "user,item,timestamp,rating\n"


def fault(tmp_path: Path, text: str | bytes, name: str = "log.csv", **settings: object) -> str:
    log = tmp_path / name
    log.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError) as caught:
        prepare(log, tmp_path / "data", Settings(**settings))
    assert str(log) in str(caught.value)
    return str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.csv: no such file"):
        prepare(tmp_path / "nowhere.csv", tmp_path / "data")


def test_an_empty_file(tmp_path):
    assert "the file is empty" in fault(tmp_path, "")


def test_a_header_alone(tmp_path):
    assert "a header and no row below it" in fault(tmp_path, HEADER)


def test_a_missing_column_lists_those_there_and_the_option(tmp_path):
    message = fault(tmp_path, "who,item\na,b\n")
    assert "['who', 'item']" in message
    assert "--user" in message
    message = fault(tmp_path, "user,item\na,b\n", timestamp="time")
    assert "no column 'time' for --timestamp" in message
    assert "['user', 'item']" in message


def test_a_null_id_names_column_and_line(tmp_path):
    message = fault(tmp_path, HEADER + "a,x,1,5\n,y,2,5\n")
    assert "column 'user', line 3: no value" in message
    message = fault(tmp_path, HEADER + "a,x,1,5\n\na,,2,5\n")
    assert "column 'item', line 4: no value" in message


def test_a_null_id_in_parquet_names_the_row(tmp_path):
    log = tmp_path / "log.parquet"
    pl.DataFrame({"user": [1, None], "item": [1, 2]}).write_parquet(log)
    with pytest.raises(DataError, match="column 'user', row 2: no value"):
        prepare(log, tmp_path / "data")


def test_ids_of_an_odd_type(tmp_path):
    log = tmp_path / "log.parquet"
    pl.DataFrame({"user": [1.5], "item": [1]}).write_parquet(log)
    with pytest.raises(DataError, match="column 'user': ids are integers or strings, not Float64"):
        prepare(log, tmp_path / "data")


def test_a_timestamp_that_is_none(tmp_path):
    message = fault(tmp_path, HEADER + "a,x,1,5\na,y,yesterday,5\n")
    assert (
        "column 'timestamp', line 3: 'yesterday' is not a 64-bit number or an ISO date" in message
    )
    assert "--time-format" in message
    message = fault(tmp_path, HEADER + "a,x,1,5\na,y,,5\n")
    assert "column 'timestamp', line 3: no value" in message
    message = fault(tmp_path, HEADER + "a,x,inf,5\n")
    assert "'inf' is not a 64-bit number" in message


def test_dates_must_be_of_one_form(tmp_path):
    message = fault(tmp_path, HEADER + "a,x,2020-01-31,5\na,y,31.01.2020,5\n")
    assert "line 3: '31.01.2020' is not a date like the others (%Y-%m-%d)" in message


def test_an_unsorted_file_that_was_to_be_trusted(tmp_path):
    text = HEADER + "a,x,1,5\nb,x,9,5\na,y,5,5\nb,y,9,5\na,z,4,5\n"
    message = fault(tmp_path, text, order="file")
    assert "column 'timestamp', line 6: '4' is before" in message
    assert "--order file" in message


def test_a_rating_that_is_none(tmp_path):
    message = fault(tmp_path, HEADER + "a,x,1,5\na,y,2,good\n", min_rating=3)
    assert "column 'rating', line 3: 'good' is not a number" in message
    assert "lower --min-rating" in fault(tmp_path, HEADER + "a,x,1,5\n", min_rating=9)
    assert "--rating" in fault(tmp_path, "user,item\na,x\n", min_rating=3)


def test_a_line_with_a_user_and_no_item(tmp_path):
    message = fault(tmp_path, "1 2 3\n2\n3 4\n", "log.txt")
    assert "line 2: no value" in message


def test_a_line_with_too_many_fields(tmp_path):
    message = fault(tmp_path, HEADER + "a,x,1,5\na,y,2,5,6\n")
    assert "line 3: 5 fields where the header has 4" in message


def test_text_that_is_not_utf8(tmp_path):
    assert "line 2: not UTF-8" in fault(tmp_path, HEADER.encode() + b"a,\xff,1,5\n")
    assert "not UTF-8" in fault(tmp_path, b"\x1f\x8b\x08\x00\xff\xfe", "log.gz")


def test_a_file_that_is_no_parquet(tmp_path):
    assert "cannot be read as parquet" in fault(tmp_path, b"PAR2", "log.parquet")


def test_an_unknown_format(tmp_path):
    log = tmp_path / "log.xls"
    log.write_text(HEADER + "a,x,1,5\n")
    with pytest.raises(DataError, match="'xls' is not a format; choose one of csv"):
        prepare(log, tmp_path / "data", Settings(format="xls"))


def test_minima_that_leave_nothing(tmp_path):
    assert "lower --min-user-count" in fault(tmp_path, HEADER + "a,x,1,5\n", min_user_count=2)


@pytest.mark.parametrize(
    "settings", [{"split": "global-time"}, {"order": "file"}, {"drop_repeated": True}]
)
def test_options_that_need_a_timestamp(tmp_path, settings):
    message = fault(tmp_path, "1 2 3\n", "log.txt", **settings)
    assert re.search(r"needs a timestamp.*--timestamp", message)


def test_moments_that_are_none_or_do_not_ascend(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(HEADER + "a,x,1,5\na,y,2,5\na,z,3,5\n")
    for moments, message in {
        (0.9, 0.8): "validation must begin before test",
        (0.5, 0.5): "move them apart",
        ("2020-01-01", 0.9): "a quantile between 0 and 1, or a number",
    }.items():
        settings = Settings(split="global-time", validate_from=moments[0], test_from=moments[1])
        with pytest.raises(DataError, match=message):
            prepare(log, tmp_path / "data", settings)


def test_settings_that_do_not_exist():
    with pytest.raises(ValueError, match="leave-one-out"):
        Settings(split="random")
