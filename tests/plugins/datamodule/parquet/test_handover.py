"""An epoch goes on in other numbers of processes: the batches that are left, each of them once."""

import itertools
from collections import Counter
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_datamodule_parquet import shares
from seqrec_datamodule_parquet.dataset import ParquetDataset
from seqrec_datamodule_parquet.handover import Handover, cut_out, length, turn_of
from seqrec_datamodule_parquet.shares import share_of

METADATA = {"query_id": {}, "item_id": {"shape": 5, "padding": 99}}
SHUFFLED = {"length_column": "item_id", "group_by_length": True}


def batches_of(rows, processes, size):
    """Every batch of an epoch of so many processes, by process and number."""
    shares = [share_of(rows, process, processes, size) for process in range(processes)]
    return {(s.replica, number) for s in shares for number in range(len(s.sizes))}, shares[0].steps


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 200), min_size=1, max_size=12),
    st.lists(st.integers(1, 6), min_size=2, max_size=4),
    st.integers(1, 16),
    st.data(),
)
def test_any_chain_of_world_sizes_takes_every_batch_once(rows, worlds, size, data):
    expected, steps = batches_of(rows, worlds[0], size)
    stop = data.draw(st.integers(1, steps))
    taken = {(process, number) for process, number in expected if number < stop}
    handover = Handover(rows, size).after(worlds[0], stop)
    for world in worlds[1:]:
        begin, last = handover.begin(world), batches_of(rows, world, size)[1]
        assert 0 <= begin <= last
        stop = data.draw(st.integers(begin, last)) if world is not worlds[-1] else last
        for process in range(world):
            turn = turn_of(handover.left(), process, world)
            assert last - begin - 1 <= length(turn) <= last - begin
            for replica, first, end in cut_out(turn, 0, stop - begin):
                new = {(replica, number) for number in range(first, end)}
                assert not taken & new
                taken |= new
        handover = handover.after(world, stop)
        if stop == last:
            break
    assert taken == expected


def streams(path, world, **more):
    """The streams of so many processes."""
    return [
        ParquetDataset(
            str(path),
            METADATA,
            300,
            16,
            generator=torch.Generator().manual_seed(0),
            replicas_info=SimpleNamespace(curr_replica=rank, num_replicas=world),
            equal_steps=True,
            **more,
        )
        for rank in range(world)
    ]


def users(batch):
    """The users of a batch; padding is none of them."""
    return tuple(batch["query_id"][batch["query_id_mask"]].tolist())


@pytest.mark.parametrize("more", [{}, SHUFFLED], ids=["any length", "by length"])
@pytest.mark.parametrize(("before", "after", "last"), [(2, 3, 1), (1, 4, 2), (3, 1, 2), (4, 2, 3)])
def test_a_stream_goes_on_in_another_number_of_processes(path, before, after, last, more):
    expected = [users(b) for stream in streams(path, before, **more) for b in stream]
    begun = streams(path, before, **more)
    seen = [users(b) for stream in begun for b in itertools.islice(stream, 5)]
    second = streams(path, after, **more)
    for stream in second:
        stream.load_state_dict(begun[0].state_dict())
    for stream in second:
        seen += [users(b) for b in itertools.islice(stream, 2)]
    third = streams(path, last, **more)
    steps = set()
    for stream in third:
        stream.load_state_dict(second[-1].state_dict())
        first, whole = stream.state_dict()["batch"], len(stream)
        rest = [users(b) for b in stream]
        assert len(rest) == whole - first
        steps.add(len(rest))
        seen += rest
    assert len(steps) == 1
    assert Counter(filter(None, seen)) == Counter(filter(None, expected))
    assert sorted(itertools.chain(*seen)) == list(range(1000))
    following = [users(batch) for stream in third for batch in stream]
    assert sorted(itertools.chain(*following)) == list(range(1000))


@pytest.mark.filterwarnings("ignore:process .* has rows for")
@pytest.mark.parametrize("world", [1, 2, 3, 4])
@pytest.mark.parametrize("groups", [[1] * 37, [1], [1000], [7, 1, 300, 2], [1000, 3]])
def test_files_of_any_row_groups_are_read_once_in_equal_steps(tmp_path, groups, world):
    first = 0
    for number, rows in enumerate(groups):
        ids = range(first, first + rows)
        lists = pa.array([[i % 50] * (i % 8) for i in ids], pa.list_(pa.int64()))
        table = pa.table({"query_id": ids, "item_id": lists})
        pq.write_table(table, tmp_path / f"{number:03}.parquet")
        first += rows
    shares = [[*stream] for stream in streams(tmp_path, world)]
    assert len({len(share) for share in shares}) == 1
    assert sorted(itertools.chain(*(users(b) for b in itertools.chain(*shares)))) == [*range(first)]
    if first >= 16 * world:
        sizes = [len(users(batch)) for share in shares for batch in share]
        assert min(sizes) > 0


def test_rows_are_shared_out_once_for_all_who_began(monkeypatch):
    calls = []
    original = shares.shares_of
    monkeypatch.setattr(shares, "shares_of", lambda *args: calls.append(args) or original(*args))
    handover = Handover([20] * 64, 4).after(32, 3)
    calls.clear()
    assert length(handover.left()) == 32 * 7
    assert len(calls) == 1
    handover.ahead(5, 6, handover.begin(6))
    assert len(calls) <= 5  # however many began
