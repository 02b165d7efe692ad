"""Times of several units, and dates that are hardly meant, are seen."""

import numpy as np
import polars as pl
import pytest
from seqrec_tool_prepare.tables import open_table
from seqrec_tool_prepare.time_units import TimeTally
from seqrec_tool_prepare.timestamps import clocks

from seqrec_core.errors import DataError

NOW = 1_700_000_000


@pytest.fixture
def tally(tmp_path):
    def count(times, dtype=pl.Int64):
        (tmp_path / "log.csv").write_text("t\n" + "".join(f"{time}\n" for time in times))
        tally = TimeTally(clocks(dtype(), 0, None)[0], NOW)
        for row, time in enumerate(times):  # a bucket each
            tally.add(np.array([time]), np.array([row]))
        return tally, open_table(tmp_path / "log.csv", "csv")

    return count


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([NOW, NOW + 1, NOW * 1000], f"line 4: '{NOW * 1000}' seems to count milliseconds.*2 in s"),
        ([NOW * 10**6, NOW * 10**9 + 1, NOW * 10**9], "line 2: .* microseconds, as 1 of the times"),
    ],
)
def test_units_that_are_mixed_are_refused(tally, times, message):
    counted, table = tally(times)
    with pytest.raises(DataError, match=message):
        counted.check(table, "t")


@pytest.mark.parametrize(
    "times", [[1, 2, 3], [NOW, NOW + 1], [NOW * 1000], [10**8, 10**10, 10**11], [-5, 0], []]
)
def test_one_unit_and_scales_of_their_own_are_taken(tally, times):
    counted, table = tally(times)
    counted.check(table, "t")


def test_dates_before_1990_and_after_tomorrow_are_counted(tally):
    day = 86_400
    for unit in (1, 1000):
        times = [NOW * unit, 0, (NOW + 2 * day) * unit, 7, (NOW + day) * unit]
        counted, table = tally(times)
        assert counted.oddities(table) == {
            "before_1990": {"events": 2, "first": "line 3"},
            "after_tomorrow": {"events": 1, "first": "line 4"},
        }
    assert tally([5, 9_999])[0].oddities(table) == {}
    counted, table = tally([0, NOW * 10**6], pl.Date)
    assert counted.oddities(table) == {"before_1990": {"events": 1, "first": "line 2"}}
