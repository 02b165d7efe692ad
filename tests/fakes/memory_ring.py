"""A data module that makes its batches: users walk a ring of items, where i follows i - 1."""

import pyarrow as pa
import torch
from seqrec_fake_run import ITEMS, LENGTH, NAMES

from seqrec_core.spec import DataModuleSpec, param, spec
from seqrec_core.vocabulary import Vocabularies

SPLITS = ("train", "validate", "test", "predict")


@spec
class MemoryRingSpec(DataModuleSpec):
    """Batches of the ring."""

    target = "memory_ring:MemoryRing"
    users: int = param(36, ge=1, help="users")
    named: bool = param(True, help="whether items and users have ids of their own")


class Walks:
    """Batches of twelve users; nobody is told how many there are."""

    def __init__(self, users, start):
        self.users, self.start = users, start

    def __iter__(self):
        for users in torch.arange(self.users).split(12):
            walk = (users[:, None] + self.start + torch.arange(LENGTH + 1)) % ITEMS
            yield {"query_id": users, "items": walk[:, :-1], "ground_truth": walk[:, -1:]}


class MemoryRing:
    def __init__(self, folder, transforms, users, named):
        self.users, self.named = users, named

    def loaders(self, split):
        return [Walks(self.users, SPLITS.index(split))]

    def transform(self, split, batch):
        mask = torch.ones_like(batch["items"], dtype=torch.bool)
        columns = {"feature_tensors": {"item_id": batch["items"]}, "padding_mask": mask}
        return {**batch, **columns, "seen_ids": batch["items"]}

    def vocabularies(self):
        if not self.named:
            return Vocabularies()
        names = [f"u{number}" for number in range(self.users)]
        items = pa.table({"item": NAMES, "count": range(1, ITEMS + 1)})
        return Vocabularies(items, pa.table({"query_id": range(self.users), "user": names}))
