"""Files without a header, and with any mark between fields, are read as their columns say."""

import polars as pl
import pytest
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.tables import ROW, open_table

from seqrec_core.errors import DataError

CLICKS = "".join(
    f"{u},2014-04-0{n + 1}T10:50:09.868Z,21450{n},S\n" for u in "ab" for n in (1, 0, 2)
)


def histories(folder):
    """External ids of the items of each user, in order."""
    names = pl.read_parquet(folder / "items.parquet")["item"].to_list()
    return [
        [names[i] for i in row] for row in pl.read_parquet(folder / "predict.parquet")["item_id"]
    ]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (CLICKS, {}),
        ("\n\n" + CLICKS.replace("\n", "\r\n\r\n"), {}),
        ("\ufeff" + CLICKS.replace(",", "\t"), {}),
        (CLICKS.replace(",", "^"), {"separator": "^"}),
        (CLICKS.replace(",", "::"), {}),
        (CLICKS.replace(",", "  "), {"separator": "space"}),
        (CLICKS.replace("S\n", '"a,\nb"\n'), {}),
        (CLICKS.replace(",", ";"), {"separator": ";"}),
    ],
)
def test_columns_name_the_fields_of_a_file_without_a_header(tmp_path, text, options):
    (tmp_path / "clicks.dat").write_text(text, newline="")
    columns = "session,timestamp,item,_"
    report = prepare(tmp_path / "clicks.dat", tmp_path / "data", columns=columns, **options)
    assert report["kept"] == {"users": 2, "items": 3, "events": 6}
    assert histories(tmp_path / "data") == [[214500, 214501, 214502]] * 2
    assert report["source"]["unused"] == []


def test_a_header_with_spaces_between_its_fields(tmp_path):
    log = tmp_path / "spaces.inter"
    log.write_text("user_id:token item_id:token timestamp:float\n0 11 2\n0  12 1\n\n1 11 3\n")
    with pytest.raises(DataError, match="say --separator space"):
        prepare(log, tmp_path / "data")
    report = prepare(log, tmp_path / "data", separator="space")
    assert (report["kept"]["events"], report["source"]["format"]) == (3, "recbole")
    assert report["order"]["first_moved"] == "line 3"
    assert histories(tmp_path / "data") == [[12, 11], [11]]


def test_a_first_row_taken_for_a_header_leads_to_columns(tmp_path):
    (tmp_path / "clicks.csv").write_text(CLICKS)
    with pytest.raises(DataError, match="--columns user,item,timestamp,_"):
        prepare(tmp_path / "clicks.csv", tmp_path / "data")


@pytest.mark.parametrize(
    ("text", "separator", "message"),
    [
        ("1,a,3\n1,b,4,5\n", None, "line 2: 4 fields where --columns names 3; quote values"),
        ('1,"a\nb",3\n1,,4\n', None, "column 'item', line 3: no value"),
        ("1::a::3\n\n1::b::4::5\n", "::", "line 3: 4 fields .* no value may hold .*'::'"),
        ("1::a::3\n\n1::::4\n", "::", "column 'item', line 3: no value"),
        ("1 a 3\n1 b\n", "space", "column 'timestamp', line 2: no value"),
        ("1::a::3\n\n1::\udcff::4\n", "::", "line 3: not UTF-8"),
    ],
)
def test_a_fault_stands_at_its_line(tmp_path, text, separator, message):
    (tmp_path / "log.csv").write_text(text, errors="surrogateescape")
    with pytest.raises(DataError, match=message):
        prepare(
            tmp_path / "log.csv",
            tmp_path / "data",
            columns=["user", "item", "timestamp"],
            separator=separator,
        )


def test_rows_count_from_the_first_line_below_the_header(tmp_path):
    (tmp_path / "log.csv").write_text("\nuser::item\n1::2\n")
    table = open_table(tmp_path / "log.csv", separator="::")
    assert table.frame.collect().select(ROW, "user", "item").rows() == [(0, "1", "2")]
    assert table.place(0) == "line 3"
