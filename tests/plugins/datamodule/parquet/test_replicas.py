"""Every worker of every process is a stream of its own, and knows which one."""

import pytest
import torch
from seqrec_datamodule_parquet.replicas import ProcessReplicas


def whereabouts():
    replicas = ProcessReplicas()
    return replicas.curr_replica, replicas.num_replicas


class Whereabouts(torch.utils.data.IterableDataset):
    def __iter__(self):
        yield whereabouts()


@pytest.fixture
def processes(monkeypatch):
    """Makes this process one of several."""

    def join(rank, size):
        monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
        monkeypatch.setattr("torch.distributed.get_rank", lambda: rank)
        monkeypatch.setattr("torch.distributed.get_world_size", lambda: size)

    return join


def test_one_process_has_one_stream():
    assert whereabouts() == (0, 1)


def test_each_process_is_a_stream(processes):
    processes(2, 5)
    assert whereabouts() == (2, 5)


def test_each_worker_of_a_loader_is_a_stream(processes, monkeypatch):
    processes(2, 5)
    worker = type("Worker", (), {"id": 1, "num_workers": 3})
    monkeypatch.setattr("torch.utils.data.get_worker_info", lambda: worker)
    assert whereabouts() == (2 * 3 + 1, 5 * 3)


def test_workers_count_themselves():
    loader = torch.utils.data.DataLoader(Whereabouts(), batch_size=None, num_workers=2)
    assert sorted(tuple(map(int, pair)) for pair in loader) == [(0, 2), (1, 2)]
