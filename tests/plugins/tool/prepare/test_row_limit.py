"""More rows than polars numbers are refused with their number; a small limit stands in."""

from functools import partial

import polars as pl
import pytest
import seqrec_tool_prepare.row_limit
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.interactions import interactions
from seqrec_tool_prepare.row_limit import is_beyond, refuse_many
from seqrec_tool_prepare.survey import survey_events
from seqrec_tool_prepare.tables import open_table

from seqrec_core.errors import DataError

SAID = r"4 rows, and polars numbers 3 at most; .* --engine spark, or install polars\[rt64\]"
TEXTS = {
    "csv": "user,item\n1,2\n1,3\n2,2\n",
    "jsonl": '{"user":1,"item":2}\n' * 4,
    "sequences": "1 2 3\n2 3\n3 4\n4 5\n",
    "txt": "user  item\n1  2\n1  3\n2  2\n",
}


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(seqrec_tool_prepare.row_limit, "MOST_ROWS", 3)


@pytest.fixture
def overflow(monkeypatch):
    """The index of polars overflows at the third row."""
    for name in ("scan_csv", "scan_ndjson", "scan_lines"):
        scan = getattr(pl, name)
        monkeypatch.setattr(pl, name, partial(scan, row_index_offset=2**32 - 2))


def test_2_to_the_32_rows_are_too_many_for_32_bits(monkeypatch):
    refuse_many("log", 2**32 - 1)
    with pytest.raises(DataError, match="log: 4,294,967,296 rows, and polars numbers 4,294,967,29"):
        refuse_many("log", 2**32)
    monkeypatch.setattr(pl, "get_index_type", lambda: pl.UInt64)
    refuse_many("log", 2**32)


@pytest.mark.usefixtures("few")
def test_footers_of_parquet_say_it_before_a_row_is_read(tmp_path):
    for name in "ab":
        frame = pl.DataFrame({"user": [1, 2], "item": [3, 4]})
        frame.write_parquet(tmp_path / f"{name}.parquet")
    for files in (tmp_path / "*.parquet", tmp_path):
        with pytest.raises(DataError, match=SAID):
            prepare(files, tmp_path / "data")
    assert open_table(tmp_path, "parquet").columns == ["user", "item"]  # for another engine
    prepare(tmp_path / "a.parquet", tmp_path / "data")


@pytest.mark.usefixtures("overflow")
@pytest.mark.parametrize("format", TEXTS)
def test_lines_are_counted_where_the_index_of_polars_overflows(tmp_path, monkeypatch, format):
    log = tmp_path / f"log.{format}"
    log.write_text(TEXTS[format])
    options = {"separator": "  "} if format == "txt" else {}
    if format == "sequences":
        options["format"] = format
    fault = pl.exceptions.PanicException if format != "txt" else DataError
    with pytest.raises(fault, match=r"unwrap|cannot be read"):  # the lines are few: another fault
        prepare(log, tmp_path / "data", **options)
    monkeypatch.setattr(seqrec_tool_prepare.row_limit, "MOST_ROWS", 3)
    with pytest.raises(DataError, match=SAID):
        prepare(log, tmp_path / "data", **options)


def test_the_words_of_polars_for_too_many_are_known():
    for said in (
        "Polars' maximum length reached. Consider installing 'polars[rt64]'.",
        "row_index with offset 4294967294 overflows at 4 rows",
    ):
        assert is_beyond(pl.exceptions.ComputeError(said))
    assert not is_beyond(pl.exceptions.ComputeError("could not parse"))


def test_events_of_small_counts_add_up_beyond_32_bits(tmp_path):
    (tmp_path / "log.csv").write_text("user,item\na,b\nc,b\n")
    source = interactions(open_table(tmp_path / "log.csv"), {})

    def counted(plan):
        first = plan.source.table.collect(plan.summary())[0].row(0, named=True)
        users = pl.DataFrame({"key": ["a", "c"], "count": [3 * 2**30, 2**31]})
        users = users.cast({"count": pl.UInt32})
        return first | {"read": 2**33, "kept": 2**33}, users, users

    survey = survey_events(source, counted=counted)
    assert survey.users["count"].sum() == 5 * 2**30
    assert survey.below_min_rating == 2**33 - 5 * 2**30
