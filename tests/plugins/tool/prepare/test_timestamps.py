"""Times of every form order events and are stored as whole seconds or numbers."""

from datetime import time

import numpy as np
import polars as pl
import pytest
from seqrec_tool_prepare.interactions import interactions
from seqrec_tool_prepare.survey import survey_events
from seqrec_tool_prepare.tables import ROW, open_table
from seqrec_tool_prepare.timestamps import clocks

from seqrec_core.errors import DataError


def read(path, time_format=None):
    """Exact times (E,) in file order, those stored, and the clock that read them."""
    survey = survey_events(interactions(open_table(path), {}), time_format=time_format)
    exact = survey.events.sort(ROW).collect()["timestamp"].to_numpy()
    return exact, survey.clock.stored(exact).tolist(), survey.clock


def log(tmp_path, times):
    """A file with an event at each of the times."""
    if isinstance(times, pl.Series):
        count = range(len(times))
        frame = pl.DataFrame({"user": count, "item": count, "timestamp": times})
        frame.write_parquet(tmp_path / "log.parquet")
        return tmp_path / "log.parquet"
    text = "".join(f"1,{n},{when}\n" for n, when in enumerate(times))
    (tmp_path / "log.csv").write_text("user,item,timestamp\n" + text)
    return tmp_path / "log.csv"


@pytest.mark.parametrize(
    ("times", "stored"),
    [
        (["3", "1", "2"], [3, 1, 2]),
        (["3.9", "1", "2.5"], [3, 1, 2]),
        (["1.75", "1.25", "1.5"], [1, 1, 1]),
        (["1970-01-04", "1970-01-02", "1970-01-03"], [3 * 86_400, 86_400, 2 * 86_400]),
        (["1970-01-01T00:00:03.5", "1970-01-01T00:00:01", "1970-01-01T00:00:02"], [3, 1, 2]),
        (["1970-01-01 01:00:03+01:00", "1970-01-01 00:00:01Z", "1970-01-01 00:00:02Z"], [3, 1, 2]),
        (["1970-01-01 00:03", "1970-01-01 00:01", "1970-01-01 00:02"], [180, 60, 120]),
    ],
)
def test_times_of_many_forms_order_events_and_are_stored_whole(tmp_path, times, stored):
    exact, whole, _ = read(log(tmp_path, times))
    assert np.argsort(exact).tolist() == [1, 2, 0]
    assert whole == stored


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_times_of_parquet_are_seconds_whatever_their_unit(tmp_path, unit):
    times = pl.Series([3_000, 1_000, 2_000]).cast(pl.Datetime("ms")).cast(pl.Datetime(unit, "UTC"))
    assert read(log(tmp_path, times))[1] == [3, 1, 2]


def test_whole_numbers_keep_every_digit(tmp_path):
    first = 2**62
    times = [first + 1, first, first + 2]
    assert read(log(tmp_path, map(str, times)))[1] == times
    assert read(log(tmp_path, pl.Series(times)))[1] == times


@pytest.mark.parametrize(
    "times",
    [
        [f"2020-01-01T10:00:00.{n:09}" for n in (2, 1, 3)],
        [f"2020-01-01 10:00:00.{n:09}+02:00" for n in (2, 1, 3)],
        pl.Series([1_577_872_800_000_000_000 + n for n in (2, 1, 3)]).cast(pl.Datetime("ns")),
        ["1577872800.000002", "1577872800.000001", "1577872800.000003"],
    ],
)
def test_no_digit_of_a_fraction_is_lost(tmp_path, times):
    exact, _, _ = read(log(tmp_path, times))
    assert np.argsort(exact).tolist() == [1, 0, 2]


def test_dates_far_from_now_are_read_unless_nanoseconds_cannot_hold_them(tmp_path):
    path = log(tmp_path, ["9999-12-31T00:00:00", "0001-01-01T00:00:00.5"])
    assert read(path)[1] == [253_402_214_400, -62_135_596_800]
    with pytest.raises(DataError, match="line 3"):
        read(log(tmp_path, ["2020-01-01T00:00:00.000000001", "9999-12-31T00:00:00"]))


def test_digits_beyond_a_float_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"line 3: '1577872800.123456789' is not a 64-bit number"):
        read(log(tmp_path, ["1.5", "1577872800.123456789"]))


def test_dates_of_a_form_of_their_own(tmp_path):
    path = log(tmp_path, ["31/01/1970", "02/01/1970"])
    assert read(path, "%d/%m/%Y")[1] == [30 * 86_400, 86_400]


def test_moments_are_of_the_form_of_the_times():
    [_, number] = clocks(pl.Int64(), 5, None)
    [date] = clocks(pl.Date(), None, None)
    assert (number.moment("7"), number.moment("7.5")) == (7, 7.5)
    assert number.moment(str(2**62 + 1)) == 2**62 + 1
    for text in ("1970-01-02", "nan", "inf", str(2**63)):
        assert number.moment(text) is None
    assert date.moment("1970-01-02") == 86_400_000_000
    assert date.moment("1970-01-02T01:00:00+01:00") == 86_400_000_000
    assert date.moment("7 o'clock") is None


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (["1", "yesterday"], "line 3: 'yesterday' is not a 64-bit number or an ISO date.*--time-f"),
        (["1", ""], "line 3: no value"),
        (["inf"], "'inf' is not a 64-bit number"),
        (["1e300"], "line 2: '1e300' is not a 64-bit number"),
        (["2020-01-31", "31.01.2020"], "line 3: '31.01.2020' is not a date like .*%Y-%m-%d"),
        (pl.Series([time(1)] * 3), "timestamps are numbers or dates, not Time"),
        (pl.Series([1, 2**63, 3], dtype=pl.UInt64), f"row 2: {2**63} is not"),
    ],
)
def test_a_timestamp_that_is_none(tmp_path, times, message):
    with pytest.raises(DataError, match=f"column 'timestamp'.*{message}"):
        read(log(tmp_path, times))
