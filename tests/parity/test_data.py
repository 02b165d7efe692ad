"""Batches of parquet files: every column and mask, cut, padded and in order."""

import torch
from seqrec_datamodule_parquet.dataset import ParquetDataset
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from seqrec_transform_columns.rename import RenameTransform

METADATA = {
    "query_id": {},
    "rating": {},
    "item_id": {"shape": 6, "padding": 99},
    "price": {"shape": [6], "padding": 0},
    "genres": {"shape": [6, 3], "padding": 7},
}


def batches_of(case, path):
    size = case["batch_size"]
    if case["component"] == "ParquetDataset":
        dataset = ParquetDataset(path, METADATA, partition_size=20 * size, batch_size=size)
        assert len(dataset) == case["length"]
        return list(dataset)
    transforms = {"validate": [RenameTransform({"item_id_mask": "padding_mask"})]}
    module = ParquetModule(
        size, {"validate": METADATA}, transforms, validate_path=[path, path], config={}
    )
    module.setup("validate")
    return [
        module.transform("validate", batch)
        for dataset in module.val_dataloader()
        for batch in dataset
    ]


def test_batches_are_those_of_the_reference(case, folder, record):
    ours = batches_of(case, str(folder / "events.parquet"))
    reference = case["output"].values()
    assert len(ours) == len(reference)
    for batch, expected in zip(ours, reference, strict=True):
        assert batch.keys() == expected.keys()
        for name, column in expected.items():
            assert torch.equal(batch[name], column), name
    record(case["component"], "forward", 0.0)
