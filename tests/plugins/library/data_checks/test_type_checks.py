import pyarrow as pa
import pytest
from seqrec_library_data_checks.expectation import expectations
from seqrec_library_data_checks.type_checks import missing_columns, type_faults


@pytest.mark.parametrize(
    ("name", "type_", "said"),
    [
        ("item_id", pa.list_(pa.float64()), "and ids are whole numbers"),
        ("item_id", pa.int64(), "is int64, a number in each row"),
        ("item_id", pa.list_(pa.list_(pa.int8())), "a list of lists of numbers in each row"),
        ("tags", pa.list_(pa.list_(pa.list_(pa.int8()))), "lists three deep in each row"),
        ("price", pa.list_(pa.string()), "string>"),
        ("query_id", pa.string(), "is string"),
        ("ground_truth", pa.int32(), "a number in each row"),
    ],
)
def test_a_type_that_is_none_is_named_with_a_remedy(schema, name, type_, said):
    (fault,) = type_faults("a.parquet", pa.schema({name: type_}), expectations(schema))
    assert fault.column == name
    assert said in fault.message
    assert fault.remedy


def test_types_that_will_do_are_no_fault(schema):
    types = {"item_id": pa.large_list(pa.uint16()), "price": pa.list_(pa.int8()),
             "vector": pa.list_(pa.list_(pa.float16(), 2)), "query_id": pa.int32()}  # fmt: skip
    assert not [*type_faults("a.parquet", pa.schema(types), expectations(schema))]


def test_features_of_events_are_missed_and_the_truth_where_it_is_measured(schema):
    fields = pa.schema({name: pa.int64() for name in schema if name != "kind"})
    for is_measured, names in ((False, ["kind"]), (True, ["kind", "ground_truth"])):
        there = missing_columns("a.parquet", fields, expectations(schema), is_measured)
        assert [finding.column for finding in there] == names
