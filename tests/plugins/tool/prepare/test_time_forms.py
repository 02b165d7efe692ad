"""Forms of dates mean what they mean in Python, or are refused."""

from datetime import datetime

import polars as pl
import pytest
from seqrec_tool_prepare.time_forms import parsed

from seqrec_core.errors import DataError


def read(form, *texts):
    return pl.select(parsed(pl.lit(pl.Series(texts)), form, "us")).to_series().to_list()


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%Y-%m-%d %H:%M:%S.%f UTC", "2020-01-01 10:00:00.9 UTC"),
        ("%Y-%m-%d %H:%M:%S,%f", "2020-01-01 10:00:00,900"),
        ("%Y%m%d%H%M%S%f", "20200101100000900001"),
        ("%d/%b/%Y:%H:%M:%S", "10/Oct/2000:13:55:36"),
        ("%m/%d/%y %I:%M %p", "02/01/70 03:04 PM"),
        ("%G-W%V-%u", "2020-W53-5"),
        ("%Y %U %w", "2021 10 3"),
        ("%Y-%W-%w", "2020-01-3"),
        ("%Y-%j", "2020-366"),
        ("%c", "Sun Jul  8 00:34:59 2001"),
        ("%Y-%m", "2020-02"),
    ],
)
def test_a_form_is_read_as_python_reads_it(form, text):
    assert read(form, text) == [datetime.strptime(text, form)]


def test_offsets_are_taken_into_account():
    texts = ("2020-01-01 10:00 +0100", "2020-01-01 10:00 +01:00", "2020-01-01 09:00 Z")
    assert read("%Y-%m-%d %H:%M %z", *texts) == [datetime(2020, 1, 1, 9)] * 3


def test_text_of_another_form_is_null():
    assert read("%d/%m/%Y", "31/01/2020", "01/31/2020", "2020-01-31", "") == [
        datetime(2020, 1, 31),
        *[None] * 3,
    ]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("%Y-%m-%d %Z", "%Z cannot be read; names of time zones are no offsets"),
        ("%Y-%m-%d %Q", "%Q cannot be read; use those of strptime"),
        ("%Y-%m-%d %", "% cannot be read"),
        ("%H:%M", "no day in it"),
        ("yyyy-mm-dd", "no day in it; say it by %Y-%m-%d"),
        ("%Y-%m-%d %H", "specify both hour and minute"),
    ],
)
def test_a_form_without_a_sure_meaning_is_refused(form, message):
    with pytest.raises(DataError, match=message):
        read(form, "2020-01-01")
