"""What is said at once is true, and names a row; what is right is not doubted."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from damaged_data import first, shorter
from seqrec_library_data_checks.quick_look import quick_faults

FILES = {split: (f"{split}.parquet",) for split in ("train", "validate", "test", "predict")}


def test_a_good_folder_and_one_that_is_not_there_have_no_fault(folder, schema, tmp_path):
    assert quick_faults(tmp_path / "absent", FILES, schema) == []
    assert quick_faults(folder(), FILES, schema) == []


@pytest.mark.parametrize("statistics", [True, ["query_id"], False])
def test_odd_statistics_that_the_rows_do_not_confirm_are_no_fault(folder, schema, statistics):
    def change(tables):
        for name, rows in tables["train"].items():
            if name != "query_id":
                rows[3] = []
        tables["train"]["vector"][4] = [[] for _ in tables["train"]["vector"][4]]

    path = folder(change)
    table = pq.read_table(path / "train.parquet")
    pq.write_table(table, path / "train.parquet", write_statistics=statistics)
    assert quick_faults(path, FILES, schema) == []


def test_a_fault_of_all_files_is_said_once(folder, schema):
    path = folder(lambda tables: [tables[split].pop("kind") for split in FILES])
    (said,) = quick_faults(path, FILES, schema)
    assert said.startswith("train.parquet: column 'kind' is missing, the feature 'kind'; ")
    assert said.endswith("(so validate.parquet, test.parquet, predict.parquet)")
    (path / "train.parquet").unlink()
    assert "no train.parquet to train on, but items.parquet" in quick_faults(path, FILES, schema)[0]


def test_what_statistics_make_suspicious_is_looked_up(folder, schema):
    def change(tables):
        first("train", "item_id", 7, 99)(tables)
        shorter("validate", "price", 9)(tables)

    assert quick_faults(folder(change), FILES, schema) == [
        "train.parquet: column 'item_id', row 7: 99 is no id of the schema, whose ids are 0 to 29;"
        " set the cardinality to that of the data, or prepare the data again",
        "validate.parquet: column 'price', row 9: 3 values for 4 items; write one value for each "
        "event",
    ]


def test_tables_of_items_and_users_are_looked_at(tmp_path, schema):
    users = pa.table({"query_id": [0, 0], "user": ["a", "b"]})
    pq.write_table(users, tmp_path / "users.parquet")
    (fault,) = quick_faults(tmp_path, {}, schema)
    assert "users.parquet" in fault
