import attrs
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_library_data_checks.catalogue_files import catalogue_faults

from seqrec_core.schema import FeatureType, TensorFeatureInfo, TensorSchema

ITEMS = {"item_id": [*range(30)], "item": [f"i{n}" for n in range(30)]}


def written(folder, name="items", **columns):
    pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def test_rows_are_as_many_as_items_in_the_order_of_their_ids(tmp_path, schema):
    written(tmp_path, **ITEMS)
    assert [*catalogue_faults(tmp_path, schema)] == []
    more = {"item_id": [*range(31)], "item": [*range(31)]}
    written(tmp_path, **more)
    (fault,) = catalogue_faults(tmp_path, schema)
    assert "31 rows, 1 more than the 30 ids" in fault.message
    item = attrs.evolve(schema["item_id"], cardinality=31, padding_value=31)
    larger = TensorSchema([item])
    assert [*catalogue_faults(tmp_path, larger)] == []
    written(tmp_path, **{**more, "item_id": [*range(29), 30, 29]})
    (fault,) = catalogue_faults(tmp_path, larger)
    assert (fault.column, fault.row, fault.count) == ("item_id", 29, 2)


@pytest.mark.parametrize(
    ("columns", "column", "row", "said"),
    [
        ({"query_id": [0, 1, 2], "user": ["a", "b", "a"]}, "user", 2, "'a' stands in an earlier"),
        ({"query_id": [0, 1, 1], "user": ["a", "b", "c"]}, "query_id", 2, "1 stands in an earlier"),
        ({"query_id": [0, 1], "user": ["a", None]}, "user", 1, "null"),
        ({"query_id": [0, 1]}, "user", None, "is missing; there are query_id"),
    ],
)
def test_users_stand_once(tmp_path, schema, columns, column, row, said):
    written(tmp_path, "users", **columns)
    (fault,) = catalogue_faults(tmp_path, schema)
    assert (fault.file, fault.column, fault.row) == ("users.parquet", column, row)
    assert fault.message.startswith(said)
    large = [*catalogue_faults(tmp_path, schema, most_rows=1)]  # whose rows are not read
    assert len(large) == (row is None)


def test_a_file_that_is_none_is_a_fault(tmp_path, schema):
    (tmp_path / "items.parquet").write_text("no")
    (fault,) = catalogue_faults(tmp_path, schema)
    assert (fault.file, fault.remedy) == ("items.parquet", "write the file again")


def test_a_feature_of_items_is_a_number(tmp_path, schema):
    price = TensorFeatureInfo("price", FeatureType.NUMERICAL, tensor_dim=1)
    with_price = TensorSchema([schema["item_id"], price])
    written(tmp_path, **ITEMS, price=[1.0] * 17 + [float("nan"), None, float("inf")] + [2.0] * 10)
    (fault,) = catalogue_faults(tmp_path, with_price)
    assert (fault.column, fault.row, fault.count) == ("price", 17, 3)
    alone = TensorSchema([schema["item_id"]])  # which has no price
    assert [*catalogue_faults(tmp_path, alone)] == []
