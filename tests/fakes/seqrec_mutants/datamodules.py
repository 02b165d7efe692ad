"""Data modules: one is right, each of the others wrong in one way."""

import torch
from lightning.pytorch import LightningDataModule
from seqrec_tool_conformance.batches import V
from seqrec_tool_conformance.folder import USERS


class Healthy(LightningDataModule):
    """Every user has one event; two batches a split."""

    def __init__(self, folder, transforms):
        super().__init__()

    def batch(self, users):
        items = torch.full((len(users), 2), V)
        items[:, 1] = users
        return {
            "query_id": users,
            **self.padded(items),
            "ground_truth": users[:, None],
            "seen_ids": users[:, None],
        }

    def padded(self, items):
        return {"item_id": items, "item_id_mask": items < V}

    def users(self):
        return [torch.arange(4), torch.arange(4, USERS)]

    def loader(self):
        return [self.batch(users) for users in self.users()]

    def train_dataloader(self):
        return Stream(self.loader())

    def val_dataloader(self):
        return [Stream(self.loader())]

    test_dataloader = predict_dataloader = val_dataloader


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

    def state_dict(self):
        return {"next": self.next}

    def load_state_dict(self, state_dict):
        self.next = state_dict["next"]


class LosesAUser(Healthy):
    def users(self):
        return [torch.arange(4), torch.arange(5, USERS)]


class PadsOnTheRight(Healthy):
    def padded(self, items):
        return super().padded(items.flip(-1))


class StartsAllOver(Healthy):
    def train_dataloader(self):
        return Forgetful(self.loader())


class Forgetful(Stream):
    def load_state_dict(self, state_dict):
        pass
