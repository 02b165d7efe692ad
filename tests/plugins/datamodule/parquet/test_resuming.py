"""A stream goes on where another one was."""

import itertools
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_datamodule_parquet.dataset import ParquetDataset

METADATA = {"query_id": {}, "item_id": {"shape": 5, "padding": 99}}


def shuffler(seed=0):
    return torch.Generator().manual_seed(seed)


def ids(batches):
    return [number for batch in batches for number in batch["query_id"].tolist()]


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
    for key in ("batch_size", "partition_size", "num_replicas", "rows", "group_by_length", "steps"):
        state = dataset.state_dict() | {key: 7}
        dataset.load_state_dict(state)
        with pytest.raises(ValueError, match=f"{key}=7, here it is"):
            dataset.load_state_dict(state | {"batch": 3})


def test_a_state_that_does_not_tell_its_steps_is_that_of_one_process(path):
    dataset = ParquetDataset(path, METADATA, batch_size=50)
    state = {k: v for k, v in dataset.state_dict().items() if k not in ("steps", "legs")}
    dataset.load_state_dict(state | {"batch": 3})
    assert len(list(dataset)) == 17


@pytest.mark.parametrize("groups", [[100, 100], [100, 20]], ids=["whole groups", "cut"])
def test_a_state_of_an_earlier_edition_goes_on_where_it_shared_rows_alike(tmp_path, groups):
    path = tmp_path / "rows.parquet"
    with pq.ParquetWriter(path, pa.schema({"query_id": pa.int64()})) as writer:
        for rows in groups:
            writer.write_table(pa.table({"query_id": range(rows)}))

    def stream():
        info = SimpleNamespace(curr_replica=0, num_replicas=2)
        sizes = {"batch_size": 10, "replicas_info": info, "equal_steps": True}
        return ParquetDataset(str(path), {"query_id": {}}, **sizes)

    state = {k: v for k, v in stream().state_dict().items() if k not in ("steps", "legs")}
    here = stream()
    if groups == [100, 100]:
        here.load_state_dict(state | {"batch": 3})
        assert len(list(here)) == 7
    else:
        with pytest.raises(ValueError, match="finish the epoch with that edition and go on from"):
            here.load_state_dict(state | {"batch": 3})
        here.load_state_dict(state)
        assert len(list(here)) == 6
    with pytest.raises(ValueError, match="batch_size=7, here it is 10"):
        here.load_state_dict(state | {"batch": 3, "batch_size": 7})
