"""A whole run in little time: a model, a data module, and data on a ring where i follows i - 1."""

import contextlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch

from seqrec_core import registry
from seqrec_core.data_folder import DataFolder
from seqrec_core.spec import DataModuleSpec, ModelSpec, inherited, param, required, spec
from seqrec_core.vocabulary import Vocabularies

ITEMS, USERS, LENGTH = 12, 36, 4
NAMES = [f"item {index}" for index in range(ITEMS)]


@spec
class LastItemSpec(ModelSpec):
    """Scores the next item by the last one."""

    target = "seqrec_fake_run:LastItem"
    cardinality: int = inherited(help="items")
    dropout: float = param(0.2, ge=0, lt=1, help="share of the inputs set to zero")

    def default_transforms(self, schema):
        return {}


@spec
class FolderSpec(DataModuleSpec):
    """Reads a data folder at once."""

    target = "seqrec_fake_run:Folder"
    batch_size: int = required(ge=1, help="sequences of a batch")


class LastItem(torch.nn.Module):
    def __init__(self, cardinality, dropout):
        super().__init__()
        self.scores = torch.nn.Parameter(torch.randn(cardinality, cardinality) / 100)
        self.dropout = dropout

    def forward(self, feature_tensors, padding_mask, candidates_to_score=None):
        items = feature_tensors["item_id"]
        last = items[:, -2] if self.training else items[:, -1]
        logits = self.scores[last]
        if self.training:
            noisy = torch.dropout(logits, self.dropout, True)
            return {"loss": torch.nn.functional.cross_entropy(noisy, items[:, -1])}
        if candidates_to_score is not None:
            logits = logits.gather(1, candidates_to_score.expand(len(logits), -1))
        return {"logits": logits, "hidden_states": ()}


class Folder:
    """The data module: lists of batches."""

    def __init__(self, folder, transforms, batch_size):
        self.folder, self.batch_size = Path(folder), batch_size

    def loaders(self, split):
        path = self.folder / f"{split}.parquet"
        return [list(self._batches(path))] if path.is_file() else []

    def transform(self, split, batch):
        return batch

    def vocabularies(self):
        return Vocabularies.of_folder(DataFolder(self.folder))

    def _batches(self, path):
        columns = pq.read_table(path).to_pydict()
        tensors = {name: torch.tensor(values) for name, values in columns.items()}
        for start in range(0, len(tensors["query_id"]), self.batch_size):
            rows = {name: each[start : start + self.batch_size] for name, each in tensors.items()}
            items = rows.pop("item_id")
            yield {
                "feature_tensors": {"item_id": items},
                "padding_mask": torch.ones_like(items, dtype=torch.bool),
                **rows,
            }


@contextlib.contextmanager
def registered():
    """The model and the data module are components by the names `last_item` and `folder`."""
    parts = [registry.register("last_item", LastItemSpec), registry.register("folder", FolderSpec)]
    try:
        yield
    finally:
        for part in parts:
            registry.unregister(part)


def write_ring(path):
    """A data folder: user u walks the ring from item u; the next two items are truth.

    Item 5 is said to be the most popular; all are equally so.
    """
    path.mkdir()
    for shift, split in enumerate(("train", "validate", "test", "predict")):
        walks = [[(user + shift + step) % ITEMS for step in range(LENGTH)] for user in range(USERS)]
        columns = {"query_id": range(USERS), "item_id": walks}
        if split != "train":
            columns["seen_ids"] = walks
            columns["ground_truth"] = [[(walk[-1] + 1) % ITEMS] for walk in walks]
            columns["train"] = walks
        pq.write_table(pa.table(columns), path / f"{split}.parquet")
    counts = [100 if index == 5 else 1 for index in range(ITEMS)]
    items = {"item_id": range(ITEMS), "item": NAMES, "count": counts}
    pq.write_table(pa.table(items), path / "items.parquet")
    users = {"query_id": range(USERS), "user": [1000 + user for user in range(USERS)]}
    pq.write_table(pa.table(users), path / "users.parquet")


def show_truth(path, users):
    """Has the first users of a split see what they choose next."""
    rows = pq.read_table(path).to_pylist()
    for row in rows[:users]:
        row["seen_ids"] = [*row["seen_ids"][1:], *row["ground_truth"]]
    pq.write_table(pa.Table.from_pylist(rows), path)


def write_ring_spec(path):
    """A spec of a run on the data folder beside it, `data`."""
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": ITEMS}
    raw = {
        "seqrec": 2,
        "seed": 3,
        "schema": {"features": [item]},
        "model": {"type": "last_item"},
        "data": {"type": "folder", "folder": "data", "batch_size": 12},
        "trainer": {
            "type": "lightning",
            "max_epochs": 8,
            "optimizer": {"type": "adam", "lr": 0.3},
            "accelerator": "cpu",
        },
    }
    path.write_text(json.dumps(raw))
