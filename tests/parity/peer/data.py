"""Batches that the reference reads from parquet files."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
from lightning.pytorch.trainer.states import RunningStage
from recording import case
from replay.data.nn import ParquetDataset, ParquetModule
from replay.nn.transform import RenameTransform

ROWS, LENGTH = 25, 6
METADATA = {
    "query_id": {},
    "rating": {},
    "item_id": {"shape": LENGTH, "padding": 99},
    "price": {"shape": [LENGTH], "padding": 0},
    "genres": {"shape": [LENGTH, 3], "padding": 7},
}


def cases(folder):
    path = str(folder / "events.parquet")
    write(path)
    for size in (4, 25, 40):
        dataset = ParquetDataset(path, METADATA, partition_size=20 * size, batch_size=size)
        yield case(
            "ParquetDataset", f"batch_size={size}", batch_size=size, **listed(dataset, METADATA)
        )
        yield module_case(path, size)


def listed(dataset, metadata):
    batches = list(dataset)
    return {"metadata": metadata, "length": len(dataset), **joined(batches)}


def joined(batches):
    """Batches by number; those of a case must all be of tensors."""
    return {"output": {str(number): dict(batch) for number, batch in enumerate(batches)}}


def module_case(path, size):
    """Transforms run after the transfer; two files are two loaders."""
    transforms = {"validate": [RenameTransform({"item_id_mask": "padding_mask"})]}
    metadata = {"validate": METADATA}
    module = ParquetModule(size, metadata, transforms, validate_path=[path, path])
    module.trainer = SimpleNamespace(state=SimpleNamespace(stage=RunningStage.VALIDATING))
    module.setup("validate")
    batches = [module.on_after_batch_transfer(each[0], 0) for each in iter(module.val_dataloader())]
    return case("ParquetModule", f"batch_size={size}", batch_size=size, **joined(batches))


def write(path):
    """Lists of every length, some longer than the shape, some empty; one row group each ten."""
    generator = np.random.default_rng(0)
    sizes = generator.integers(0, LENGTH + 3, ROWS)

    def events(draw):
        return [[draw() for _ in range(size)] for size in sizes]

    frame = pd.DataFrame(
        {
            "query_id": np.arange(ROWS) * 3,
            "rating": generator.normal(size=ROWS).astype("float32"),
            "item_id": events(lambda: int(generator.integers(0, 99))),
            "price": events(lambda: float(generator.normal())),
            "genres": events(
                lambda: [int(each) for each in generator.integers(0, 7, generator.integers(0, 5))]
            ),
        }
    )
    frame.to_parquet(path, row_group_size=ROWS)
