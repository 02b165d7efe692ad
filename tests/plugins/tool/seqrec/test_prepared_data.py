"""From frames to data folders: what the command makes of a file with the same rows."""

import re
from datetime import datetime

import polars as pl
import pyarrow.parquet as pq
import pytest
import seqrec
from seqrec_tool_prepare.commands import prepare as command

from seqrec_core.errors import DataError

FILES = ("items.parquet", "users.parquet", "train.parquet", "validate.parquet", "test.parquet")


def contents(folder):
    return [pq.read_table(folder / name).to_pydict() for name in FILES]


@pytest.fixture(scope="module")
def from_file(events, tmp_path_factory):
    """The folder that the command makes of the events in a CSV file."""
    folder = tmp_path_factory.mktemp("command")
    events.write_csv(folder / "events.csv")
    command(folder / "events.csv", folder / "data")
    return folder / "data"


@pytest.mark.parametrize(
    "convert",
    [pl.DataFrame.to_pandas, pl.DataFrame.clone, pl.DataFrame.lazy, pl.DataFrame.to_arrow],
    ids=["pandas", "polars", "lazy", "pyarrow"],
)
def test_a_frame_becomes_what_the_command_makes_of_a_file(events, from_file, convert, tmp_path):
    data = seqrec.prepare(convert(events), out=tmp_path / "data")
    assert contents(data.path) == contents(from_file)
    assert (data.users, data.items, data.events) == (60, 20, len(events))


def test_times_and_numbers_may_be_of_their_own_types(events, from_file, tmp_path):
    typed = events.with_columns(pl.col("when_at").str.to_datetime())
    data = seqrec.prepare(typed.to_pandas(), out=tmp_path / "data")
    assert contents(data.path) == contents(from_file)


def test_a_path_is_prepared_quietly(from_file, tmp_path, capfd):
    file = from_file.with_name("events.csv")
    data = seqrec.prepare(str(file), out=str(tmp_path / "data"))
    assert contents(data.path) == contents(from_file)
    assert capfd.readouterr() == ("", "")


def test_several_files_a_pattern_and_files_without_a_header_are_prepared(
    events, from_file, tmp_path, monkeypatch
):
    monkeypatch.setenv("HERE", str(tmp_path))
    half = len(events) // 2
    events[:half].write_csv(tmp_path / "a.csv", include_header=False)
    events[half:].write_csv(tmp_path / "b.csv", include_header=False)
    names = ["user", "item", "time"]
    of_list = seqrec.prepare(
        [tmp_path / "a.csv", "${HERE}/b.csv"], out=tmp_path / "list", columns=names
    )
    of_pattern = seqrec.prepare(tmp_path / "*.csv", out="${HERE}/pattern", columns=names)
    assert of_pattern.path == tmp_path / "pattern"
    assert contents(of_list.path) == contents(of_pattern.path) == contents(from_file)


def test_without_a_folder_a_temporary_one_is_said(events, capsys):
    data = seqrec.prepare(events)
    assert f"data: {data.path} (temporary" in capsys.readouterr().out
    assert (data.path / "schema.json").is_file()


def test_items_may_be_a_frame_and_features_a_mapping(events, tmp_path):
    items = events.select(pl.col("sku").unique(maintain_order=True)).with_columns(kind=pl.lit("x"))
    data = seqrec.prepare(
        events, out=tmp_path / "data", items=items, item_features={"kind": "categorical"}
    )
    assert data.report["settings"]["item_features"] == {"kind": "categorical"}


def test_moments_may_be_dates(events, tmp_path):
    data = seqrec.prepare(
        events,
        out=tmp_path / "data",
        split="global-time",
        validate_from=datetime(2026, 1, 6),
        test_from=datetime(2026, 1, 8),
    )
    assert data.report["begins"]["test"] - data.report["begins"]["validate"] == 2 * 24 * 3600


def test_wrong_input_has_the_sentences_of_the_command(events, tmp_path):
    frame = events.rename({"customer": "x"})
    frame.write_parquet(tmp_path / "x.parquet")
    with pytest.raises(DataError) as of_command:
        command(tmp_path / "x.parquet", tmp_path / "data")
    with pytest.raises(DataError) as of_frame:
        seqrec.prepare(frame, out=tmp_path / "data")
    sentence = str(of_command.value).replace(str(tmp_path / "x.parquet"), "the frame")
    assert str(of_frame.value) == sentence
    assert "no column for the user" in sentence
    assert not (tmp_path / "data").exists()


def test_what_cannot_be_prepared_leaves_no_temporary_folder(events, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(DataError):
        seqrec.prepare(events.rename({"sku": "x"}))
    assert list(tmp_path.iterdir()) == []


def test_an_option_that_there_is_not_is_named_with_the_one_that_was_meant(events):
    with pytest.raises(
        TypeError, match="no option 'min_items_count'; did you mean 'min_item_count'"
    ):
        seqrec.prepare(events, min_items_count=3)
    with pytest.raises(TypeError, match="interactions are a dict; give a frame"):
        seqrec.prepare({"user": [1]})


def test_a_folder_is_data_or_an_error(data, tmp_path):
    assert seqrec.Data(str(data.path)) == data
    with pytest.raises(DataError, match="seqrec data prepare"):
        seqrec.Data(tmp_path)


def test_it_shows_its_counts_splits_and_notices(data):
    assert re.fullmatch(r"Data\('.*', users=60, items=20, events=\d+\)", repr(data))
    page = data._repr_html_()
    assert page.count("<table>") == 2
    assert "<td>validate</td><td>60</td>" in page
    assert "sorted by time" in page
