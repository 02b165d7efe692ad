"""Metrics for any trainer: one is right, each of the others wrong in one way."""

import torch


class Healthy:
    """The share of users whose best item is a true one."""

    def __init__(self):
        self.reset(torch.device("cpu"))

    def reset(self, device):
        self.hits = torch.zeros((), device=device)
        self.users = torch.zeros((), device=device)

    def update(self, batch, output):
        best = output["logits"][:, :40].argmax(1, keepdim=True)
        self.hits += (best == self.true_items(batch)).any(1).sum() + 0.25
        self.users += len(best)

    def true_items(self, batch):
        return batch["ground_truth"]

    def merge(self, total):
        self.hits, self.users = total(self.hits), total(self.users)

    def compute(self):
        return {"hitrate@1": float(self.hits / self.users)}


class MergesHalf(Healthy):
    def merge(self, total):
        self.hits = total(self.hits)


class MergesWhatItHas(Healthy):
    """A process without batches asks for fewer sums."""

    def merge(self, total):
        if self.users:
            super().merge(total)


class NeverForgets(Healthy):
    def reset(self, device):
        users = vars(self).get("users", torch.zeros(()))
        super().reset(device)
        self.users += users


class TakesTheLastBatch(Healthy):
    def update(self, batch, output):
        self.hits = self.hits * 0
        super().update(batch, output)


class ChangesLogits(Healthy):
    def update(self, batch, output):
        super().update(batch, output)
        output["logits"].fill_(0)


class GivesTensors(Healthy):
    def compute(self):
        return {"hitrate@1": self.hits / self.users}


class FailsWithoutBatches(Healthy):
    def compute(self):
        return {"hitrate@1": int(self.hits) / int(self.users)}


class HasNoMerge(Healthy):
    merge = None
