"""The module of a spec takes its files from the data folder."""

import pyarrow as pa
import pyarrow.parquet as pq
from seqrec_datamodule_parquet.from_spec import parquet_module
from seqrec_datamodule_parquet.specs import ParquetModuleSpec
from tiny_parquet import SCHEMA, USERS, Targets

SETTINGS = {
    "folder": ".",
    "transforms": {"train": (Targets(),)},
    "train": "train.parquet",
    "validate": ("validate.parquet", "other.parquet"),
    "test": None,
    "predict": None,
    "batch_size": 8,
    "eval_batch_size": 30,
    "shuffle": False,
    "partition_size": 64,
    "group_by_length": False,
    "tie_column": None,
    "max_sequence_length": 6,
    "item_feature_name": "item_id",
    "schema": SCHEMA,
    "seed": 0,
}


def users(data):
    return [user for batch in data.train_dataloader() for user in batch["query_id"].tolist()]


def test_files_come_from_the_data_folder_and_uris_from_anywhere(folder):
    uri = f"file://{folder}/predict.parquet"
    data = parquet_module(**SETTINGS | {"data_dir": folder, "predict": uri})
    assert users(data) == list(range(USERS))
    assert [len(stream) for stream in data.val_dataloader()] == [2, 1]
    assert [len(stream) for stream in data.predict_dataloader()] == [2]


def test_without_a_data_folder_the_one_of_the_spec_is_read(folder):
    data = parquet_module(**SETTINGS | {"data_dir": None, "folder": str(folder)})
    assert users(data) == list(range(USERS))


def test_the_folder_says_what_ids_stand_for(tmp_path):
    table = pa.table({"query_id": [0, 1], "user": ["x", "y"]})
    pq.write_table(table, tmp_path / "users.parquet")
    known = parquet_module(**SETTINGS | {"data_dir": tmp_path}).vocabularies()
    assert known.users.equals(table)
    assert known.items is None


def test_evaluation_takes_the_batch_size_of_training_unless_it_has_its_own(folder):
    data = parquet_module(**SETTINGS | {"data_dir": folder, "eval_batch_size": None})
    assert data.batch_size == 8


def test_the_seed_of_the_spec_decides_the_order(folder):
    def order(seed):
        return users(
            parquet_module(**SETTINGS | {"data_dir": folder, "shuffle": True, "seed": seed})
        )

    assert order(1) == order(1) != order(2)
    assert sorted(order(1)) == list(range(USERS))


def test_the_spec_says_how_long_batches_are_and_of_how_many_rows():
    assert ParquetModuleSpec(batch_size=7).batch_rows() == 7
    assert ParquetModuleSpec().trims_batches()
    assert not ParquetModuleSpec(group_by_length=False).trims_batches()
