"""The mean gradients of three processes are the true ones, rounded once."""

import socket
import subprocess
import sys
import textwrap

import pytest

SCRIPT = """
    import sys
    from types import SimpleNamespace
    import torch
    from seqrec_trainer_lightning.mean_gradients import take_exact_means

    torch.set_num_threads(1)
    rank, store = int(sys.argv[1]), sys.argv[2]
    torch.distributed.init_process_group("gloo", init_method=store, rank=rank, world_size=3)
    for sparse in (False, True):
        parts = [[torch.randn(40, 5, generator=torch.Generator().manual_seed(each)) for each in
                  (step, step + 10, step + 20)] for step in range(3)]
        model = torch.nn.Embedding(40, 5, sparse=sparse)
        replica = torch.nn.parallel.DistributedDataParallel(model)
        strategy = SimpleNamespace(model=replica, root_device=torch.device("cpu"))
        take_exact_means(SimpleNamespace(strategy=strategy))
        for part in parts:
            model.zero_grad()
            (replica(torch.arange(40)) * part[rank]).sum().backward()
            expected = (torch.stack(part).double().sum(0) / 3).float()
            assert torch.equal(model.weight.grad.to_dense(), expected)
    torch.distributed.destroy_process_group()
"""


@pytest.mark.slow
def test_they_do_not_depend_on_the_order_of_their_terms(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(SCRIPT))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        store = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, str(path)]
    settings = {"stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen([*command, str(rank), store], **settings) for rank in range(3)]
    errors = [process.communicate(timeout=100)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
