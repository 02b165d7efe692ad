"""Any file of rows is read as meant, or refused by name, line and remedy."""

from pathlib import Path

import polars as pl
import pytest
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.tables import ROW, open_table

from seqrec_core.errors import DataError

HEADER = "user,item,timestamp\n"
EVENTS = pl.DataFrame({"user": [1, 1, 2], "item": [7, 8, 9], "timestamp": [1, 2, 3]})


def rows(path: Path, format: str | None = None) -> list[tuple]:
    """The rows of a table in file order, ROW left out."""
    frame = open_table(path, format).frame.sort(ROW).drop(ROW).collect()
    return frame.rows()


def write(path: Path, frame: pl.DataFrame) -> Path:
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".inter":
        names = {"user": "user:token", "item": "item:token", "timestamp": "timestamp:float"}
        frame.rename(names).write_csv(path, separator="\t")
    else:
        frame.write_csv(path, separator="\t" if path.suffix == ".tsv" else ",")
    return path


@pytest.mark.parametrize("suffix", ["csv", "tsv", "inter", "parquet"])
def test_every_format_gives_the_same_rows(tmp_path, suffix):
    path = write(tmp_path / f"log.{suffix}", EVENTS)
    assert open_table(path).columns == ["user", "item", "timestamp"]
    assert [tuple(map(int, row)) for row in rows(path)] == EVENTS.rows()


def test_types_of_recbole_are_no_part_of_the_names(tmp_path):
    table = open_table(write(tmp_path / "log.inter", EVENTS))
    assert table.types == {"user": "token", "item": "token", "timestamp": "float"}


def test_a_line_of_items_is_a_row_an_item(tmp_path):
    (tmp_path / "log.txt").write_text("7 30 10  20\n\n3\t10\n")
    table = open_table(tmp_path / "log.txt")
    assert table.format == "sequences"
    frame = table.frame.filter(pl.col("user").is_not_null()).collect()
    assert frame.select("user", "item").rows() == [
        ("7", "30"),
        ("7", "10"),
        ("7", "20"),
        ("3", "10"),
    ]
    assert [table.place(row) for row in frame[ROW]] == ["line 1"] * 3 + ["line 3"]


def test_a_format_that_is_named_beats_the_suffix(tmp_path):
    log = tmp_path / "log.txt"
    EVENTS.write_csv(log, separator="\t")
    assert open_table(log).format == "tsv"
    dump = tmp_path / "log.dump"
    EVENTS.write_csv(dump, separator=";")
    assert len(rows(dump, "csv")) == len(EVENTS)


def test_quoted_values_and_byte_order_marks_are_read(tmp_path):
    log = tmp_path / "log.csv"
    log.write_bytes(b'\xef\xbb\xbfuser,item\n"smith, ann",a\n')
    assert open_table(log).columns == ["user", "item"]
    assert rows(log) == [("smith, ann", "a")]


@pytest.mark.parametrize(("name", "mark"), [("log", ";"), ("log", "|"), ("log.csv", "\t")])
def test_the_mark_between_fields_is_found(tmp_path, name, mark):
    (tmp_path / name).write_text((HEADER + "1,7,1\n").replace(",", mark))
    assert open_table(tmp_path / name).columns == ["user", "item", "timestamp"]


def test_a_folder_of_parquet_files_is_one_table(tmp_path):
    (tmp_path / "log").mkdir()
    EVENTS[:1].write_parquet(tmp_path / "log" / "a.parquet")
    EVENTS[1:].write_parquet(tmp_path / "log" / "b.parquet")
    assert rows(tmp_path / "log") == EVENTS.rows()


def test_a_folder_of_spark_is_read_without_its_marks(tmp_path):
    folder = tmp_path / "log[1]"
    (folder / "day=1").mkdir(parents=True)
    EVENTS.write_parquet(folder / "day=1" / "part-0.parquet")
    EVENTS.write_parquet(folder / "_temporary.parquet")
    for name in ("_SUCCESS", "day=1/.part-0.parquet.crc"):
        (folder / name).touch()
    assert len(rows(folder)) == 3


def test_a_cell_is_named_by_its_value_and_its_line(tmp_path):
    (tmp_path / "log.csv").write_text('user,note\n1,"a\nb"\n2,x\n')
    table = open_table(tmp_path / "log.csv")
    assert table.value("note", 0) == "a\nb"
    assert table.place(1) == "line 4"
    assert str(table.fault("odd; mend it", column="note", row=1)) == (
        f"{tmp_path / 'log.csv'}, column 'note', line 4: odd; mend it"
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("log.csv", "", "the file is empty"),
        ("log.csv", "user,item,item\n1,2,3\n", "line 1: two columns are named 'item'"),
        ("log.inter", "user:token\titem:token\titem:float\n1\t2\t3\n", "two columns are named"),
        ("log.csv", "user,item\r1,2\r", "carriage return"),
        ("log.dat", "1::2::3::4\n", "line 1: .* is no line .*name the format"),
        ("log.txt", "user_id item_id timestamp\n1 2 3\n", "line 1: .* is no line .*name the form"),
        ("log.dat", b"\xe9\x8b\x08\x00\xff\xfe", "not UTF-8"),
    ],
)
def test_odd_text_is_refused_when_it_is_opened(tmp_path, name, text, message):
    log = tmp_path / name
    log.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=rf"{name}.*{message}"):
        open_table(log)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("log.csv", 'user,note,item\n1,"a\nb",2\n1,x,\n', "column 'item', line 4: no value"),
        ("log.csv", "\n\nuser,item\n1,2\n,3\n", "column 'user', line 5: no value"),
        ("log.csv", HEADER + '1,2,3\n1,"x,4\n' + "1,y,5\n" * 30_000, "line 3: a quote mark"),
        ("log.csv", HEADER + "a,x,1\na,y,2,5\n", "line 3: 4 fields where the header has 3"),
        ("log.csv", HEADER.encode() + b"a,\xff,1\n", "line 2: not UTF-8"),
        ("log.csv", "\n", "empty CSV"),
        ("log.parquet", b"PAR2", "cannot be read as parquet"),
    ],
)
def test_odd_text_is_refused_at_its_line(tmp_path, name, text, message):
    log = tmp_path / name
    log.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=rf"{name}.*{message}"):
        prepare(log, tmp_path / "data")


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.csv: no such file"):
        open_table(tmp_path / "nowhere.csv")
    (tmp_path / "log.xls").write_text(HEADER)
    with pytest.raises(DataError, match="'xls' is not a format; choose one of csv"):
        open_table(tmp_path / "log.xls", "xls")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.csv").write_text(HEADER)
    with pytest.raises(DataError, match="no parquet file in this folder"):
        open_table(tmp_path / "folder")
