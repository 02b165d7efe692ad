"""A table whose rows processes share out looks up, and learns, as a whole one does."""

import copy
import subprocess
import sys
import textwrap

import pytest
import torch
from seqrec_library_sharding.sharded_table import ShardedTable, names_of, sharded_tables
from torch import nn

SCRIPT = """
    import json, sys
    import torch
    from torch import distributed as dist
    from torch.multiprocessing import start_processes
    from seqrec_library_sharding.sharded_table import ShardedTable, answer_others, share_out
    from seqrec_library_sharding.whole_tables import whole_tables
    from pathlib import Path

    V, D = 11, 3
    FOLDER = Path(sys.argv[1])

    def ids_of(rank, step):
        generator = torch.Generator().manual_seed(10 * step + rank)
        return torch.randint(0, V, (4, 2 + rank), generator=generator)

    def slopes_of(rank, step):
        generator = torch.Generator().manual_seed(100 + 10 * step + rank)
        return torch.randn(4, 2 + rank, D, generator=generator)

    def work(rank, N):
        torch.set_num_threads(1)
        dist.init_process_group("gloo", f"file://{FOLDER}/meet-{N}", rank=rank, world_size=N)
        torch.manual_seed(rank)  # the first one's rows count
        tables = {}
        for sparse in (False, True):
            model = torch.nn.ModuleDict(
                {"item_id": ShardedTable(V, D, padding_idx=V - 1, sparse=sparse),
                 "user_id": ShardedTable(5, 2 * D)}
            )
            torch.manual_seed(7)
            start = torch.randn(V, D)
            with torch.no_grad():
                model["item_id"].weight.copy_(start if rank == 0 else start + 1)
            share_out(model, torch.device("cpu"))
            table = model["item_id"]
            assert len(table.weight) == len(range(rank, V, N))
            for step in range(2):
                ids = ids_of(rank, step)
                embedded = table(ids)
                assert torch.equal(embedded, start[ids])
                embedded.backward(slopes_of(rank, step))
            gradient = table.weight.grad
            assert gradient.is_sparse == sparse
            expected = torch.zeros(V, D, dtype=torch.float64)
            for p in range(N):
                for step in range(2):
                    slopes = slopes_of(p, step).view(-1, D)
                    for row, slope in zip(ids_of(p, step).flatten(), slopes):
                        if row != V - 1:
                            expected[row] += slope.double() / N
            torch.testing.assert_close(gradient.to_dense().double(), expected[rank::N])

            with torch.no_grad():  # unequal work, at different tables
                rows = table.without(3)
                others = torch.cat([start[:3], start[4:]])
                for _ in range(3 * rank):
                    assert torch.equal(rows[2:7], others[2:7])
                    model["user_id"](torch.tensor([rank % 5]))
                    states = torch.randn(2, D)
                    assert torch.equal(torch.nn.functional.linear(states, rows), states @ others.T)
                answer_others(model)
                assert len(rows) == V - 1
            with whole_tables(model, FOLDER):
                if rank == 0:
                    assert torch.equal(model.state_dict()["item_id.weight"], start)
            assert len(table.weight) == len(range(rank, V, N))
        dist.barrier()
        if rank == 0:
            print(f"{N} equal", flush=True)
        dist.destroy_process_group()

    if __name__ == "__main__":
        for N in (2, 3):  # forked: torch is imported once
            start_processes(work, (N,), nprocs=N, start_method="fork")
"""


@pytest.mark.slow
def test_processes_look_up_and_learn_the_rows_of_one_table(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    command = [sys.executable, str(script), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if "equal" in line] == ["2 equal", "3 equal"]
    assert not list(tmp_path.glob(".rows-*"))


def test_a_table_that_is_not_shared_out_is_an_embedding():
    torch.manual_seed(0)
    plain = nn.Embedding(6, 4, padding_idx=2, sparse=True)
    table = ShardedTable(6, 4, padding_idx=2, sparse=True)
    table.load_state_dict(plain.state_dict())
    ids = torch.tensor([[0, 2], [5, 5]])
    for each in (plain, table):
        each(ids).square().sum().backward()
    assert torch.equal(table.weight.grad.to_dense(), plain.weight.grad.to_dense())
    assert torch.equal(table.without(5), plain.weight[:-1])
    assert torch.equal(copy.deepcopy(table)(ids), plain(ids))
    assert sharded_tables(table) == {}
    assert list(sharded_tables(table, shared=False)) == [""]


def test_a_table_in_several_places_is_one_with_several_names():
    table = ShardedTable(6, 4)
    model = nn.ModuleDict({"first": table, "others": ShardedTable(2, 4), "again": table})
    assert list(sharded_tables(model, shared=False)) == ["first", "others"]
    assert names_of(table, model) == ["first", "again"]
