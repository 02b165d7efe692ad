"""The stream: exact, shuffled, shared by processes, and clear about what is wrong."""

import itertools
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_datamodule_parquet.dataset import ParquetDataset

METADATA = {"query_id": {}, "item_id": {"shape": 5, "padding": 99}}


def replica(index, count):
    return SimpleNamespace(curr_replica=index, num_replicas=count)


def shuffler(seed=0):
    return torch.Generator().manual_seed(seed)


def ids(batches):
    return [number for batch in batches for number in batch["query_id"].tolist()]


def test_without_a_generator_rows_come_in_the_order_of_the_file(path):
    dataset = ParquetDataset(path, METADATA, batch_size=128)
    batches = list(dataset)
    assert ids(batches) == list(range(1000))
    assert len(batches) == len(dataset) == 8
    assert [len(batch["query_id"]) for batch in batches] == [128] * 7 + [104]
    assert list(batches[0]) == ["query_id", "query_id_mask", "item_id", "item_id_mask"]
    row = batches[0]["item_id"][3].tolist(), batches[0]["item_id_mask"][3].tolist()
    assert row == ([99, 99, 3, 3, 3], [False, False, True, True, True])


@pytest.mark.parametrize("world", [1, 2, 3, 8, 30])
@pytest.mark.parametrize("generator", [None, shuffler()], ids=["in order", "shuffled"])
def test_no_row_is_lost_and_none_comes_twice_in_any_world_size(path, world, generator):
    streams = [
        ParquetDataset(
            path, METADATA, 256, 32, generator=generator, replicas_info=replica(rank, world)
        )
        for rank in range(world)
    ]
    batches = [list(stream) for stream in streams]
    assert sorted(ids(itertools.chain(*batches))) == list(range(1000))
    assert [len(stream) for stream in streams] == [len(share) for share in batches]


@pytest.mark.parametrize("world", [2, 5, 30])
def test_in_training_all_replicas_make_the_same_number_of_steps(path, world):
    streams = [
        ParquetDataset(
            path, METADATA, 256, 16, replicas_info=replica(rank, world), equal_steps=True
        )
        for rank in range(world)
    ]
    batches = [list(stream) for stream in streams]
    assert len({len(share) for share in batches} | {len(stream) for stream in streams}) == 1
    real = [batch for share in batches for batch in share if batch["query_id_mask"].any()]
    assert sorted(ids(real)) == list(range(1000))
    assert len(real) == sum(map(len, batches))


@pytest.mark.filterwarnings("ignore:process .* has rows for")
def test_a_replica_that_has_no_row_steps_on_padding(tmp_path):
    file = tmp_path / "train.parquet"
    pq.write_table(pa.table({"query_id": [0, 1], "item_id": [[1], [2, 3]]}), file)
    for rank in range(3):
        alone = replica(rank, 3)
        stream = ParquetDataset(str(file), METADATA, 256, 16, replicas_info=alone, equal_steps=True)
        (batch,) = stream
        assert batch["query_id"].tolist() == [rank if rank < 2 else -1]
    assert batch["item_id"].tolist() == [[99] * 5]
    assert not batch["item_id_mask"].any()


def test_a_replica_without_rows_says_so(path):
    others = replica(1000, 1001)
    stream = ParquetDataset(path, METADATA, replicas_info=others, equal_steps=True)
    with pytest.warns(UserWarning, match="process 1000 has rows for 0 of 1 steps; .* start fewer"):
        list(stream)


def test_each_row_group_is_read_by_one_replica_and_once(path, monkeypatch):
    streams = [
        ParquetDataset(path, METADATA, 256, 32, replicas_info=replica(r, 3)) for r in (0, 1, 2)
    ]
    groups = []
    original = type(streams[0].source).read

    def spy(source, group, schema):
        groups.append(group.number)
        return original(source, group, schema)

    monkeypatch.setattr(type(streams[0].source), "read", spy)
    for stream in streams:
        list(stream)
    assert sorted(groups) == list(range(28))


def test_shuffling_mixes_row_groups_and_differs_in_every_epoch(path):
    dataset = ParquetDataset(path, METADATA, 300, 50, generator=shuffler())
    first, second = list(dataset), list(dataset)
    assert ids(first) != ids(second)
    groups_of_a_batch = {number // 37 for number in first[0]["query_id"].tolist()}
    assert len(groups_of_a_batch) > 4
    windows = [sorted(ids(epoch[:6])) for epoch in (first, second)]
    assert windows[0] != windows[1]


def test_the_order_depends_on_seed_and_epoch_alone(path):
    def order(seed, epoch):
        dataset = ParquetDataset(path, METADATA, 300, 50, generator=shuffler(seed))
        dataset.set_epoch(epoch)
        return ids(dataset)

    dataset = ParquetDataset(path, METADATA, 300, 50, generator=shuffler(3))
    assert [ids(dataset) for _ in range(3)] == [order(3, epoch) for epoch in range(3)]
    assert order(3, 0) != order(4, 0)


def test_groups_by_length_are_trimmed_with_padding_in_front(path):
    dataset = ParquetDataset(
        path,
        METADATA,
        batch_size=50,
        generator=shuffler(),
        length_column="item_id",
        front_padding=1,
        group_by_length=True,
    )
    batches = list(dataset)
    assert sorted(ids(batches)) == list(range(1000))
    widths = [batch["item_id"].shape[1] for batch in batches]
    assert set(widths) == {2, 3, 4, 5}
    for batch in batches:
        longest = int(batch["item_id_mask"].sum(1).max())
        assert batch["item_id"].shape[1] == min(5, max(1, longest) + 1)


def test_missing_numbers_are_padding(tmp_path):
    file = tmp_path / "train.parquet"
    pq.write_table(pa.table({"age": [3, None]}), file)
    (batch,) = ParquetDataset(str(file), {"age": {"padding": 0}})
    assert batch["age"].tolist() == [3, 0]
    assert batch["age_mask"].tolist() == [True, False]


def test_arguments_that_do_not_fit_are_refused(path):
    for arguments, message in [
        ({"batch_size": 0}, "at least 1"),
        ({"length_column": "query_id"}, r"one of \['item_id'\]"),
        ({"group_by_length": True}, "needs a length_column"),
    ]:
        with pytest.raises(ValueError, match=message):
            ParquetDataset(path, METADATA, **arguments)


def test_batches_can_be_collated_named_and_placed(path):
    dataset = ParquetDataset(
        path,
        METADATA,
        batch_size=500,
        make_mask_name=lambda name: f"is_{name}",
        collate_fn=lambda batches: batches[0] | {"size": len(batches[0]["query_id"])},
        device="cpu",
    )
    assert [batch["size"] for batch in dataset] == [500, 500]
    assert "is_item_id" in next(iter(dataset))
