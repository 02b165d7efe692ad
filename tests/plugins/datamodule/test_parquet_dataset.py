"""The stream: exact, shuffled, resumable, and clear about what is wrong."""

import itertools
import time
from types import SimpleNamespace

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_datamodule_parquet.dataset import ParquetDataset
from seqrec_datamodule_parquet.prefetch import prefetch

from seqrec_core.errors import DataError

METADATA = {"query_id": {}, "item_id": {"shape": 5, "padding": 99}}


def replica(index, count):
    return SimpleNamespace(curr_replica=index, num_replicas=count)


def shuffler(seed=0):
    return torch.Generator().manual_seed(seed)


def ids(batches):
    return [number for batch in batches for number in batch["query_id"].tolist()]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """1,000 rows in row groups of 37; the list of row i has i % 8 elements."""
    path = tmp_path_factory.mktemp("stream") / "train.parquet"
    columns = {"query_id": range(1000), "item_id": [[i % 50] * (i % 8) for i in range(1000)]}
    pq.write_table(pa.table(columns), path, row_group_size=37)
    return str(path)


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
    assert [len(stream) for stream in streams] == [len(own) for own in batches]


@pytest.mark.filterwarnings("ignore:process .* has rows for")
@pytest.mark.parametrize("world", [2, 5, 30])
def test_in_training_all_replicas_make_the_same_number_of_steps(path, world):
    streams = [
        ParquetDataset(
            path, METADATA, 256, 16, replicas_info=replica(rank, world), equal_steps=True
        )
        for rank in range(world)
    ]
    batches = [list(stream) for stream in streams]
    assert len({len(own) for own in batches} | {len(stream) for stream in streams}) == 1
    real = [batch for own in batches for batch in own if batch["query_id_mask"].any()]
    padding = [batch for own in batches for batch in own if not batch["query_id_mask"].any()]
    assert sorted(ids(real)) == list(range(1000))
    assert bool(padding) == (world == 30)
    for batch in padding:
        assert batch["query_id"].tolist() == [-1]
        assert batch["item_id"].tolist() == [[99] * 5]
        assert not batch["item_id_mask"].any()


def test_a_replica_without_rows_says_so(path):
    stream = ParquetDataset(path, METADATA, replicas_info=replica(29, 30), equal_steps=True)
    with pytest.warns(UserWarning, match="process 29 has rows for 0 of 1 steps; the 28 row groups"):
        list(stream)


def test_each_row_group_is_read_by_one_replica_and_once(path, monkeypatch):
    streams = [
        ParquetDataset(path, METADATA, 256, 32, replicas_info=replica(r, 3)) for r in (0, 1, 2)
    ]
    read = []
    original = type(streams[0].source).read

    def spy(source, group, schema):
        read.append(group.number)
        return original(source, group, schema)

    monkeypatch.setattr(type(streams[0].source), "read", spy)
    for stream in streams:
        list(stream)
    assert sorted(read) == list(range(28))


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


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("stop", [1, 6, 7, 19, 20])
def test_a_stream_goes_on_with_the_next_batch(path, stop, grouped):
    def stream():
        return ParquetDataset(
            path,
            METADATA,
            300,
            50,
            generator=shuffler(),
            length_column="item_id",
            group_by_length=grouped,
        )

    whole = stream()
    expected = [batch["query_id"].tolist() for _ in range(2) for batch in whole]
    stopped = stream()
    seen = list(itertools.islice(stopped, stop))
    state = stopped.state_dict()
    resumed = stream()
    resumed.load_state_dict(state)
    assert resumed.state_dict() == state
    rest = [batch for _ in range(2 if stop < 20 else 1) for batch in resumed]
    assert [batch["query_id"].tolist() for batch in [*seen, *rest]] == expected


def test_a_pass_that_was_left_early_is_over(path):
    dataset = ParquetDataset(path, METADATA, 300, 50, generator=shuffler())
    expected = [ids(dataset) for _ in range(2)]
    again = ParquetDataset(path, METADATA, 300, 50, generator=shuffler())
    next(iter(again))
    assert ids(again) == expected[1]


def test_only_row_groups_that_are_still_needed_are_read_again(path, monkeypatch):
    dataset = ParquetDataset(path, METADATA, 300, 50, generator=shuffler())
    state = dataset.state_dict() | {"batch": 19}
    dataset.load_state_dict(state)
    read = []
    original = type(dataset.source).read
    monkeypatch.setattr(
        type(dataset.source), "read", lambda *args: read.append(args[1]) or original(*args)
    )
    assert len(list(dataset)) == 1
    assert len(read) < 9


def test_a_state_of_other_batches_is_refused_within_an_epoch(path):
    dataset = ParquetDataset(path, METADATA, batch_size=50)
    for key in ("batch_size", "partition_size", "num_replicas", "rows", "group_by_length"):
        state = dataset.state_dict() | {key: 7}
        dataset.load_state_dict(state)
        with pytest.raises(ValueError, match=f"{key}=7, here it is"):
            dataset.load_state_dict(state | {"batch": 3})


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


def test_mean_events_is_exact_where_a_partition_holds_everything(path):
    dataset = ParquetDataset(path, METADATA, batch_size=128)
    lengths = np.minimum(np.arange(1000) % 8, 5)
    assert dataset.mean_events("item_id", 5) == pytest.approx(lengths.sum() / 8)


def test_folders_and_lists_of_files_are_read_as_one(tmp_path):
    for part in range(3):
        columns = {"query_id": [2 * part, 2 * part + 1], "item_id": [[part], []]}
        pq.write_table(pa.table(columns), tmp_path / f"part-{part}.parquet")
    empty = pa.table(
        {"query_id": pa.array([], pa.int64()), "item_id": pa.array([], pa.list_(pa.int64()))}
    )
    pq.write_table(empty, tmp_path / "part-9.parquet")
    assert ids(ParquetDataset(str(tmp_path), METADATA)) == list(range(6))
    files = [str(tmp_path / f"part-{part}.parquet") for part in (2, 0)]
    assert ids(ParquetDataset(files, METADATA)) == [4, 5, 0, 1]


def test_files_are_read_from_any_filesystem(path):
    with open(path, "rb") as local, fsspec.open("memory://data/train.parquet", "wb") as remote:
        remote.write(local.read())
    folder = pyarrow.fs.SubTreeFileSystem(path.rpartition("/")[0], pyarrow.fs.LocalFileSystem())
    for source, filesystem in [
        ("memory://data/train.parquet", None),
        ("data/train.parquet", fsspec.filesystem("memory")),
        (f"file://{path}", None),
        ("train.parquet", folder),
    ]:
        assert len(ids(ParquetDataset(source, METADATA, filesystem=filesystem))) == 1000


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"query_id": [0, 1, 2, 3], "item_id": [[1], [2], None, [3]]}, r"'item_id', row 2: null"),
        ({"query_id": [0, 1, 2], "item_id": [[1], [], [5, None]]}, r"'item_id', row 2: null"),
        ({"query_id": [0], "item": [[1]]}, r"no column 'item_id'; it has \['query_id', 'item'\]"),
        ({"query_id": ["a"], "item_id": [[1]]}, "'query_id' is string; it must hold numbers"),
    ],
)
def test_faults_of_a_file_name_file_column_and_row(tmp_path, columns, message):
    file = tmp_path / "train.parquet"
    pq.write_table(pa.table(columns), file, row_group_size=2)
    with pytest.raises(DataError, match=message) as raised:
        list(ParquetDataset(str(file), METADATA))
    assert str(file) in str(raised.value)


def test_nulls_in_lists_of_lists_are_found(tmp_path):
    file = tmp_path / "train.parquet"
    for tags in ([[[1], None]], [[[1, None]]], [None]):
        pq.write_table(pa.table({"tags": [[[1]], [], *tags]}), file)
        with pytest.raises(DataError, match="'tags', row 2: null"):
            list(ParquetDataset(str(file), {"tags": {"shape": [2, 2]}}))


def test_missing_numbers_are_padding(tmp_path):
    file = tmp_path / "train.parquet"
    pq.write_table(pa.table({"age": [3, None]}), file)
    (batch,) = ParquetDataset(str(file), {"age": {"padding": 0}})
    assert batch["age"].tolist() == [3, 0]
    assert batch["age_mask"].tolist() == [True, False]


def test_files_that_are_missing_empty_or_no_parquet_are_named(tmp_path):
    (tmp_path / "text.parquet").write_text("no parquet")
    pq.write_table(pa.table({"query_id": pa.array([], pa.int64())}), tmp_path / "empty.parquet")
    for name, message in [
        ("absent", "no such file"),
        ("text", "cannot be read as Parquet"),
        ("empty", "has no rows"),
    ]:
        with pytest.raises(DataError, match=rf"{name}\.parquet: {message}"):
            ParquetDataset(str(tmp_path / f"{name}.parquet"), METADATA)


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


def test_prefetch_raises_what_its_source_raises_and_closes_it_when_left():
    def items():
        try:
            yield from range(100)
            raise RuntimeError("no more")
        finally:
            closed.append(True)

    closed = []
    ahead = prefetch(items(), 3)
    with pytest.raises(RuntimeError, match="no more"):
        list(ahead)
    ahead = prefetch(items(), 3)
    assert next(ahead) == 0
    ahead.close()
    deadline = time.monotonic() + 5
    while len(closed) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert closed == [True, True]
