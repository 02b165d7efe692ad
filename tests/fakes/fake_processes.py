"""Several processes of a run as threads of one, for what adds up over them."""

import threading
from concurrent.futures import ThreadPoolExecutor

__all__ = ["totals_of_processes"]


def totals_of_processes(*merges):
    """Calls each process's `merge(total)`, where `total(tensor)` is the sum over all of them."""
    barrier = threading.Barrier(len(merges), timeout=10)
    tensors = [None] * len(merges)

    def process(rank, merge):
        def total(tensor):
            tensors[rank] = tensor.clone()
            barrier.wait()
            result = sum(tensors)
            barrier.wait()  # nobody overwrites what another one still adds up
            return result

        merge(total)

    with ThreadPoolExecutor(len(merges)) as pool:
        list(pool.map(process, range(len(merges)), merges))
