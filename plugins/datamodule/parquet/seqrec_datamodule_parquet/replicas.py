"""Which of the processes that share a stream this one is."""

from typing import Protocol

import torch.distributed
import torch.utils.data


class Replicas(Protocol):
    """How many streams share the data, and the number of this one among them."""

    @property
    def num_replicas(self) -> int:
        """Number of streams."""

    @property
    def curr_replica(self) -> int:
        """Number of this stream, from 0."""


class ProcessReplicas:
    """One stream for each process of the default group, and for each worker of a DataLoader."""

    @property
    def num_replicas(self) -> int:
        """Number of processes times workers."""
        return _size() * _workers()[1]

    @property
    def curr_replica(self) -> int:
        """Number of this worker among those of all processes."""
        worker, workers = _workers()
        return _rank() * workers + worker


def _is_distributed() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def _rank() -> int:
    """Number of this process in the default group, 0 without one."""
    return torch.distributed.get_rank() if _is_distributed() else 0


def _size() -> int:
    """Number of processes in the default group, 1 without one."""
    return torch.distributed.get_world_size() if _is_distributed() else 1


def _workers() -> tuple[int, int]:
    """Number of this worker among those of its DataLoader, and how many these are."""
    info = torch.utils.data.get_worker_info()
    return (0, 1) if info is None else (info.id, info.num_workers)
