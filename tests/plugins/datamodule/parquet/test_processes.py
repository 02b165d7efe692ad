"""The stream in real processes that train together over gloo."""

import json
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PROCESS = """
import json, sys
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from seqrec_datamodule_parquet.dataset import ParquetDataset

torch.set_num_threads(1)
rank, world, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
dist.init_process_group("gloo", f"file://{folder}/store", rank=rank, world_size=world)
metadata = {"query_id": {}, "item_id": {"shape": 4, "padding": 9}}
generator = torch.Generator().manual_seed(1)
train = ParquetDataset(
    f"{folder}/data.parquet", metadata, 64, 8, generator=generator, equal_steps=True
)
evaluate = ParquetDataset(f"{folder}/data.parquet", metadata, batch_size=8)
read, original = [], type(train.source).read

def spy(source, group, schema):
    read.append(group.number)
    return original(source, group, schema)

type(train.source).read = spy
model = DistributedDataParallel(torch.nn.Linear(4, 1))
epochs = []
for _ in range(2):
    real = []
    for batch in train:
        model(batch["item_id"].float()).sum().backward()
        real += batch["query_id"][batch["query_id_mask"]].tolist()
    epochs.append(real)
groups = sorted(set(read))
state = [len(train), len(evaluate)]
ids = [number for batch in evaluate for number in batch["query_id"].tolist()]
with open(f"{folder}/{rank}.json", "w") as file:
    json.dump({"epochs": epochs, "groups": groups, "lengths": state, "evaluate": ids}, file)
dist.barrier()
dist.destroy_process_group()
"""


@pytest.mark.slow
@pytest.mark.parametrize("world", [2, 4])
def test_processes_share_row_groups_and_step_together(tmp_path, world):
    rows = {"query_id": range(331), "item_id": [[i % 9] * (i % 6) for i in range(331)]}
    pq.write_table(pa.table(rows), tmp_path / "data.parquet", row_group_size=37)
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(rank), str(world), str(tmp_path)],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(world)
    ]
    errors = [process.communicate()[1] for process in processes]
    assert all(process.returncode == 0 for process in processes), errors
    results = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(world)]

    def together(part):
        return sorted(number for result in results for number in part(result))

    read = together(lambda result: result["groups"])
    assert set(read) == set(range(9))
    assert len(read) < 9 + world  # those that were cut are read twice
    assert together(lambda result: result["epochs"][0]) == list(range(331))
    assert together(lambda result: result["epochs"][1]) == list(range(331))
    assert together(lambda result: result["evaluate"]) == list(range(331))
    assert results[0]["epochs"][0] != results[0]["epochs"][1]
    assert len({tuple(result["lengths"]) for result in results}) == 1
