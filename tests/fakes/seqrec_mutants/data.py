"""A reader and a data module that are right, and some that are not."""

import torch
from lightning.pytorch import LightningDataModule
from seqrec_tool_conformance.batches import V
from seqrec_tool_conformance.folder import USERS


class HealthyReader:
    """Makes features up."""

    feature_names = ("item_id", "tags", "price", "image")

    def __getitem__(self, key):
        made = {
            "item_id": torch.arange(V),
            "tags": torch.zeros(V, 2, dtype=torch.long),
            "price": torch.zeros(V),
            "image": torch.zeros(V, 3),
        }
        return made[key]


class ForgetsAFeature(HealthyReader):
    feature_names = ("item_id", "tags", "price")


class TurnsTheItemsRound(HealthyReader):
    def __getitem__(self, key):
        return super().__getitem__(key).flip(0)


class MakesUpAnything(HealthyReader):
    def __getitem__(self, key):
        return super().__getitem__(key if key in self.feature_names else "price")


class HealthyData(LightningDataModule):
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


class LosesAUser(HealthyData):
    def users(self):
        return [torch.arange(4), torch.arange(5, USERS)]


class PadsOnTheRight(HealthyData):
    def padded(self, items):
        return super().padded(items.flip(-1))


class StartsAllOver(HealthyData):
    def train_dataloader(self):
        return Forgetful(self.loader())


class Forgetful(Stream):
    def load_state_dict(self, state_dict):
        pass
