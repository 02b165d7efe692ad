"""A model and a data module that a whole run needs little time for; registered for a test."""

import lightning
import pyarrow.parquet as pq
import torch

from seqrec_core.spec import DataModuleSpec, ModelSpec, inherited, param, required, spec


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
        given = items[:, -2] if self.training else items[:, -1]
        logits = self.scores[given]
        if self.training:
            noisy = torch.dropout(logits, self.dropout, True)
            return {"loss": torch.nn.functional.cross_entropy(noisy, items[:, -1])}
        if candidates_to_score is not None:
            logits = logits[:, candidates_to_score]
        return {"logits": logits, "hidden_states": ()}


class Folder(lightning.LightningDataModule):
    def __init__(self, folder, transforms, batch_size):
        super().__init__()
        self.folder, self.batch_size = folder, batch_size

    def _batches(self, split):
        columns = pq.read_table(f"{self.folder}/{split}.parquet").to_pydict()
        tensors = {name: torch.tensor(values) for name, values in columns.items()}
        for start in range(0, len(tensors["query_id"]), self.batch_size):
            rows = {name: each[start : start + self.batch_size] for name, each in tensors.items()}
            items = rows.pop("item_id")
            yield {
                "feature_tensors": {"item_id": items},
                "padding_mask": torch.ones_like(items, dtype=torch.bool),
                **rows,
            }

    def _loader(self, split):
        return torch.utils.data.DataLoader(list(self._batches(split)), batch_size=None)

    def train_dataloader(self):
        return self._loader("train")

    def val_dataloader(self):
        return self._loader("validate")

    def test_dataloader(self):
        return self._loader("test")

    def predict_dataloader(self):
        return self._loader("predict")
