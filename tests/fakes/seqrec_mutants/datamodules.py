"""Data modules: one is right, each of the others wrong in one way."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch.nn.utils.rnn import pad_sequence

from seqrec_core.vocabulary import Vocabularies

PADDING = {"item_id": 131, "tags": 5, "price": 0, "image": 0}
LISTS = ("ground_truth", "seen_ids", "train")
ROWS = 5


class Healthy:
    """Reads files of a data folder whole; no Lightning."""

    def __init__(self, folder, transforms):
        self.folder, self.transforms = Path(folder), transforms or {}

    def loaders(self, split):
        rows = pq.read_table(self.folder / f"{split}.parquet").to_pylist()
        batches = [self.batch(rows[i : i + ROWS]) for i in range(0, len(rows), ROWS)]
        return [self.stream(split, self.read(batches))]

    def stream(self, split, batches):
        return Stream(batches)

    def read(self, batches):
        return batches

    def batch(self, rows):
        real = self.padded([[True] * len(row["item_id"]) for row in rows], False)
        batch = {"query_id": torch.tensor([row["query_id"] for row in rows])}
        for name, padding in PADDING.items():
            batch[name] = self.padded([row[name] for row in rows], padding)
            batch[f"{name}_mask"] = real
        for name in LISTS:
            if name in rows[0]:
                batch[name] = self.padded([row[name] for row in rows], -1)
        return batch

    def padded(self, lists, value):
        rows = [torch.tensor(values) for values in lists]
        return pad_sequence(rows, batch_first=True, padding_value=value, padding_side="left")

    def transform(self, split, batch):
        columns = dict(batch)
        for step in self.transforms.get(split, ()):
            columns = step(columns)
        return columns

    def vocabularies(self):
        tables = (pq.read_table(self.folder / f"{name}.parquet") for name in ("items", "users"))
        return Vocabularies(*tables)


class Stream:
    """Batches, and where to go on."""

    def __init__(self, batches):
        self.batches, self.next = batches, 0

    def __iter__(self):
        start, self.next = self.next, 0
        for place in range(start, len(self.batches)):
            self.next = place + 1
            yield self.batches[place]
        self.next = 0

    def __len__(self):
        return len(self.batches)

    def state_dict(self):
        return {"next": self.next}

    def load_state_dict(self, state_dict):
        self.next = state_dict["next"]


class LosesAUser(Healthy):
    def read(self, batches):
        return [batches[0], {name: column[1:] for name, column in batches[1].items()}]


class PadsOnTheRight(Healthy):
    def padded(self, lists, value):
        padded = super().padded(lists, value)
        is_turned = padded.dtype == torch.bool or value == PADDING["item_id"]
        return padded.flip(1) if is_turned else padded


class StartsAllOver(Healthy):
    def stream(self, split, batches):
        return Forgetful(batches)


class Forgetful(Stream):
    def load_state_dict(self, state_dict):
        pass


class ReadsTheTestTwice(Healthy):
    def loaders(self, split):
        return [*super().loaders(split)] * 2 if split == "test" else super().loaders(split)


class WeighsTwice(Healthy):
    def transform(self, split, batch):
        return {**super().transform(split, batch), "loss_weight": torch.tensor(2.0)}


class NamesItemsBackwards(Healthy):
    def vocabularies(self):
        vocabularies = super().vocabularies()
        names = vocabularies.items["item"].to_pylist()[::-1]
        return Vocabularies(pa.table({"item": names}), vocabularies.users)


class NamesNobody(Healthy):
    def vocabularies(self):
        return Vocabularies(super().vocabularies().items)


class EditsTheBatch(Healthy):
    def transform(self, split, batch):
        batch["query_id"].add_(0)
        batch["extra"] = torch.zeros(1)
        return super().transform(split, batch)


class ForgetsToTransform(Healthy):
    def transform(self, split, batch):
        return dict(batch)
