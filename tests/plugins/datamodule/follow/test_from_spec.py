"""A module from a spec: a stream for training, a data folder for all else."""

import pytest
from seqrec_datamodule_follow.from_spec import follow_module
from tiny_parquet import SCHEMA, USERS, Targets, write_folder

SETTINGS = {
    "transforms": {"train": (Targets(),)},
    "validate": "validate.parquet",
    "test": None,
    "predict": None,
    "batch_size": 8,
    "eval_batch_size": None,
    "shuffle": True,
    "partition_size": 100,
    "group_by_length": False,
    "tie_column": None,
    "max_sequence_length": 6,
    "item_feature_name": "item_id",
    "schema": SCHEMA,
    "seed": 3,
}


@pytest.fixture
def module(tmp_path):
    write_folder(tmp_path)

    def make(stream, **settings):
        settings = {**SETTINGS, **settings}
        return follow_module(str(tmp_path), stream=stream, data_dir=None, **settings)

    return make


def users(loader):
    return [number for batch in loader for number in batch["query_id"].tolist()]


@pytest.mark.parametrize("is_uri", [False, True])
def test_paths_of_a_stream_are_in_the_folder_or_a_uri(module, add, folder, is_uri):
    add("1.parquet", 100, 120)
    (stream,) = module(f"file://{folder}" if is_uri else "stream").loaders("train")
    assert sorted(users(stream)) == [*range(100, 120)]


def test_other_splits_are_those_of_the_folder(module):
    data = module("stream")
    (validate,) = data.loaders("validate")
    assert sorted(users(validate)) == [*range(USERS)]
    assert data.loaders("test") == []
    assert module("stream", validate=None).loaders("validate") == []
    assert data.vocabularies().items is None


def test_seeds_shuffle_otherwise(module, add):
    add("1.parquet", 0, 40)
    orders = [users(module("stream", seed=seed).loaders("train")[0]) for seed in (3, 3, 4)]
    assert orders[0] == orders[1] != orders[2]
    assert users(module("stream", shuffle=False).loaders("train")[0]) == [*range(40)]
