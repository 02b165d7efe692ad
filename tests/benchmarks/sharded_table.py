"""Memory of each process that trains a large table, whole or shared out, in two processes.

`sharded_table.py [--items 2000000] [--dim 64] [--steps 5] [--processes 2]` prints a row each: the
resident memory that a step of dense Adam adds to a process's model (weights, gradient and both
moments: 16 bytes a value), the peak of the process, the loss after the steps, seconds a step.
Every run is made of fresh processes; the table's first weights are the same.
"""

import argparse
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from seqrec_library_kernels.torch_internals import leave_out_of_replicas
from seqrec_library_sharding.sharded_table import ShardedTable, share_out
from torch import distributed, multiprocessing, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

USERS, NEGATIVES = 64, 255


class Model(nn.Module):
    """Scores drawn items for a user's one event."""

    def __init__(self, items, dim):
        super().__init__()
        torch.manual_seed(0)
        table = torch.empty(items + 1, dim).normal_(std=0.02)
        self.table = ShardedTable.from_pretrained(table, freeze=False, padding_idx=items)
        self.inner = nn.Linear(dim, dim)

    def forward(self, events, candidates):
        hidden = self.inner(self.table(events))
        logits = hidden @ self.table(candidates).T
        return F.cross_entropy(logits, torch.zeros(len(events), dtype=torch.int64))


def resident():
    """Bytes of this process that are in memory and its own."""
    fields = Path("/proc/self/status").read_text().split("RssAnon:")[1]
    return int(fields.split()[0]) * 1024


def train(rank, options, shared, folder):
    """One process of a run; the first one prints the row."""
    torch.set_num_threads(1)
    place = f"file://{folder}/meeting"
    distributed.init_process_group("gloo", place, rank=rank, world_size=options.processes)
    bare = resident()
    model = Model(options.items, options.dim)
    if shared:
        tables = share_out(model, torch.device("cpu"))
        leave_out_of_replicas(model, [f"{name}.weight" for name in tables])
    replica = DistributedDataParallel(model, gradient_as_bucket_view=True)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    source = torch.Generator().manual_seed(rank)
    start = time.perf_counter()
    for _ in range(options.steps):
        optimizer.zero_grad(set_to_none=False)
        ids = torch.randint(options.items, (USERS + NEGATIVES + 1,), generator=source)
        loss = replica(ids[:USERS], ids[USERS:])
        loss.backward()
        optimizer.step()
    seconds = (time.perf_counter() - start) / options.steps
    distributed.all_reduce(loss.detach())
    added, peak = resident() - bare, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if rank == 0:
        name = "shared out" if shared else "whole"
        print(
            f"{name:>10}  added {added / 2**20:8,.0f} MB  peak {peak / 2**20:8,.0f} MB  "
            f"loss {float(loss.detach()) / options.processes:.6f}  {seconds:.2f} s a step",
            flush=True,
        )
    distributed.barrier()
    distributed.destroy_process_group()


def main():
    """Whole tables, then shared ones."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=2_000_000)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    weights = options.items * options.dim * 4
    print(f"weights, gradient and Adam of the whole table: {4 * weights / 2**20:,.0f} MB")
    for shared in (False, True):
        with TemporaryDirectory() as folder:
            arguments = (options, shared, folder)
            multiprocessing.spawn(train, arguments, nprocs=options.processes)


if __name__ == "__main__":
    main()
