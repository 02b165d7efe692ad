"""Transforms: one is right, each of the others wrong in one way."""

import torch


class Healthy:
    """Adds a random number for each user."""

    def __init__(self, generator):
        self.generator = generator

    def generators(self):
        return [self.generator]

    def __call__(self, batch):
        return {**batch, "luck": torch.rand(len(batch["query_id"]), generator=self.generator)}


class ChangesColumnsInPlace(Healthy):
    def __call__(self, batch):
        batch["price"].mul_(2)
        return super().__call__(batch)


class WritesIntoTheBatch(Healthy):
    def __call__(self, batch):
        batch["luck"] = torch.zeros(1)
        return batch


class DropsColumns(Healthy):
    def __call__(self, batch):
        return {"item_id": batch["item_id"]}


class IgnoresItsGenerator(Healthy):
    def __call__(self, batch):
        return {**batch, "luck": torch.rand(len(batch["query_id"]))}


class ChangesItsColumns(Healthy):
    calls = 0

    def __call__(self, batch):
        self.calls += 1
        return {**batch, f"luck_{self.calls}": torch.zeros(1)}


class ReadsThePrice(Healthy):
    def __call__(self, batch):
        return super().__call__(batch) | {"price": batch["price"] / 2}


class HidesItsGenerator(Healthy):
    def generators(self):
        return []


class TakesEventsInSecret(Healthy):
    def events_taken(self):
        return 1
