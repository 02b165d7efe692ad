import pyarrow as pa
from seqrec_library_data_checks.expectation import expectations
from seqrec_library_data_checks.row_checks import array_of, has_expected_type, row_faults


def test_columns_are_checked_against_the_items_of_their_rows(schema):
    table = pa.table({"item_id": [[1, 2], [3]], "kind": [[1, 2], [3, 4]], "price": [["a"], ["b"]]})
    columns = expectations(schema)
    (fault,) = row_faults(table, columns, "item_id", "a.parquet", 10)  # text is another's matter
    assert (fault.column, fault.row) == ("kind", 11)
    assert not has_expected_type(table.schema.field("price").type, columns["price"])


def test_a_column_in_pieces_is_one_array():
    pieces = pa.chunked_array([[1], [2, 3]])
    assert array_of(pa.table({"x": pieces}), "x").to_pylist() == [1, 2, 3]
    assert len(array_of(pa.table({"x": pa.chunked_array([], pa.int64())}), "x")) == 0
