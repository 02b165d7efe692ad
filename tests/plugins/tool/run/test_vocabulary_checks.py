"""Tables that cannot say what numbers stand for are refused, whoever reads them."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_run.vocabulary_checks import check_vocabularies

from seqrec_core.errors import DataError
from seqrec_core.vocabulary import Vocabularies

ROWS = {"item": ["a", "b", "c"], "count": [1, 0, 5], "item_id": [0, 1, 2]}
FAULTS = {
    "rows 0 and 2 have the same item, 'a'": {"item": ["a", "b", "a"]},
    "row 1 of 3 has no item": {"item": ["a", None, "c"]},
    "3 rows, and the schema of the spec has 4": {"cardinality": 4},
    "3 rows, and the schema of the spec has 2": {"cardinality": 2},
    "row 0 has item_id 1": {"item_id": [1, 0, 2]},
    "row 2 has the count -5": {"count": [1, 0, -5]},
    "row 1 has the count None": {"count": [1, None, 5]},
    "row 0 has the count '1'": {"count": ["1", "0", "5"]},
    "row 2 has the count inf": {"count": [1.0, 0.0, float("inf")]},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_items_are_rows_in_the_order_of_their_numbers(fault):
    columns = {"cardinality": 3, **ROWS, **FAULTS[fault]}
    cardinality = columns.pop("cardinality")
    with pytest.raises(DataError, match=fault):
        check_vocabularies(Vocabularies(pa.table(columns)), cardinality)
    check_vocabularies(Vocabularies(pa.table(ROWS)), 3)
    check_vocabularies(Vocabularies(), 3)


def test_each_query_has_one_user():
    for queries, users, fault in (
        ([0, 1, 1], ["a", "b", "c"], "rows 1 and 2 have the same query_id, 1"),
        ([0, None, 1], ["a", "b", "c"], "row 1 of 3 has no query_id"),
        ([0, 1, 2], [None, "b", None], "row 0 of 3 has no user, and 1 more"),
    ):
        table = pa.table({"query_id": queries, "user": users})
        with pytest.raises(DataError, match=fault):
            check_vocabularies(Vocabularies(users=table), None)


@pytest.mark.parametrize("command", ["fit", "evaluate", "predict"])
def test_every_command_refuses_them(seqrec, spec, run, folder, tmp_path, command):
    table = pq.read_table(folder / "items.parquet")
    pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), folder / "items.parquet")
    out = tmp_path / "out.parquet"
    arguments = {
        "fit": ("fit", spec, "--out", tmp_path / "new"),
        "evaluate": ("evaluate", run),
        "predict": ("predict", run, "--out", out),
    }[command]
    with pytest.raises(DataError, match="rows 0 and 12 have the same item, 'item 0'"):
        seqrec(*arguments)
    assert not out.exists()
    assert not (tmp_path / "new").exists()
