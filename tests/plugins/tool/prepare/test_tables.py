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
        ("log.dat", "1^2^3^4\n", "line 1: .* --separator, such as ::.*--columns"),
        ("log.csv", "1,1,5\n1,2,6\n", "two columns are named '1'.*--columns user,item"),
        ("log.csv", "user,item,item\n1,2,3\n", "line 1: two columns are named 'item'"),
        ("log.inter", "user:token\titem:token\titem:float\n1\t2\t3\n", "two columns are named"),
        ("log.csv", "user,item\r1,2\r", "carriage return"),
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
        ("log.csv", "\n", "every line is blank"),
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


PARTS = {"a.csv": "user,item,timestamp\n1,7,1\n", "b.csv": "item,timestamp,user\n8,2,1\n9,3,2\n"}


@pytest.fixture
def parts(tmp_path):
    """Two files of the same columns, in another order."""
    for name, text in PARTS.items():
        (tmp_path / name).write_text(text)
    return [tmp_path / name for name in PARTS]


def test_several_files_are_one_table_in_the_order_they_are_named_in(parts, tmp_path):
    assert [row[1] for row in rows(tmp_path / "*.csv")] == ["7", "8", "9"]
    assert rows(parts[::-1]) == [("8", "2", "1"), ("9", "3", "2"), ("7", "1", "1")]
    table = open_table(parts)
    assert table.name == "a.csv and 1 more file"
    last = table.frame.filter(pl.col("item") == "9").collect()[ROW].item()
    assert table.place(last) == "line 3 of b.csv"
    assert table.value("user", last) == "2"
    assert str(table.fault("odd", row=last)).startswith(f"{parts[1]}, line 3: odd")


def test_a_fault_is_of_the_file_that_has_it(parts, tmp_path):
    parts[1].write_text("user,item,timestamp\n1,8,2\n,9,3\n")
    with pytest.raises(DataError, match=r"b\.csv, column 'user', line 3: no value"):
        prepare(parts, tmp_path / "data")
    parts[1].write_text("user,item,timestamp\n1,8,2\n1,9,3,4\n")
    with pytest.raises(DataError, match=r"b\.csv, line 3: 4 fields"):
        prepare(parts, tmp_path / "data")


@pytest.mark.parametrize(
    ("name", "frame", "difference"),
    [
        ("b.csv", {"user": [1], "item": [2], "time": [3]}, "only b.csv has 'time'"),
        ("b.tsv", {"user\titem\ttimestamp": [1]}, "one is csv, the other tsv"),
    ],
)
def test_files_that_differ_are_named_with_what_differs(parts, tmp_path, name, frame, difference):
    pl.DataFrame(frame).write_csv(tmp_path / name)
    with pytest.raises(DataError, match=rf"a\.csv and .*{name} are not .*{difference}"):
        open_table([parts[0], tmp_path / name])


def test_types_of_parquet_files_agree(tmp_path):
    for name, values in (("a", [1]), ("b", [2]), ("c", ["x"])):
        kind = {"a": pl.Int32, "b": pl.Int64, "c": pl.String}[name]
        pl.DataFrame({"user": values}, schema={"user": kind}).write_parquet(tmp_path / f"{name}.pq")
    assert rows([tmp_path / "a.pq", tmp_path / "b.pq"]) == [(1,), (2,)]
    with pytest.raises(DataError, match="'user' is Int32 in one and String in the other"):
        open_table([tmp_path / "a.pq", tmp_path / "c.pq"])


def test_options_of_fields_are_refused_where_a_format_has_none(tmp_path):
    (tmp_path / "log.jsonl").write_text('{"user": 1, "item": 2}\n')
    with pytest.raises(DataError, match="--columns does nothing for the format jsonl"):
        open_table(tmp_path / "log.jsonl", columns=["user", "item"])
