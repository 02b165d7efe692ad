"""A data folder of 60 users with up to nine events each, and a module that reads it."""

import pyarrow as pa
import pyarrow.parquet as pq
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from torch import nn

from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

USERS = 60
SCHEMA = TensorSchema(
    TensorFeatureInfo(
        "item_id",
        FeatureType.CATEGORICAL,
        is_seq=True,
        feature_hint=FeatureHint.ITEM_ID,
        cardinality=100,
    )
)


class Targets(nn.Module):
    """Labels one event ahead."""

    def events_taken(self):
        return 1

    def forward(self, batch):
        return {
            "query_id": batch["query_id"],
            "items": batch["item_id"][:, :-1],
            "labels": batch["item_id"][:, 1:],
            "target_padding_mask": batch["item_id_mask"][:, 1:].unsqueeze(-1),
        }


def write_folder(folder):
    """Four splits in row groups of 11 users, and other.parquet with the first 20 users."""
    train = {
        "query_id": range(USERS),
        "item_id": [[(7 * i + j) % 100 for j in range(1 + i % 9)] for i in range(USERS)],
    }
    held_out = {**train, "ground_truth": [[i] for i in range(USERS)], "seen_ids": train["item_id"]}
    pq.write_table(pa.table(train), folder / "train.parquet", row_group_size=11)
    for split in ("validate", "test", "predict"):
        pq.write_table(pa.table(held_out), folder / f"{split}.parquet", row_group_size=11)
    pq.write_table(pa.table(held_out).slice(0, 20), folder / "other.parquet")


def tiny_module(folder, **arguments):
    """A module that trains and validates on batches of 8 users."""
    defaults = {
        "batch_size": 8,
        "schema": SCHEMA,
        "max_sequence_length": 6,
        "transforms": {"train": [Targets()]},
        "train_path": str(folder / "train.parquet"),
        "validate_path": str(folder / "validate.parquet"),
    }
    return ParquetModule(**(defaults | arguments))
