"""Samplers: three are right, each of the others wrong in one way."""

import math

import torch

V = 131


class Healthy:
    """Draws five items for all users."""

    def __init__(self, generator):
        self.generator = generator

    def generators(self):
        return [self.generator]

    def forward(self, batch):
        return self.draw(5)

    def draw(self, *shape, low=0, high=V):
        return torch.randint(low, high, shape, generator=self.generator)

    def __call__(self, batch):
        return self.forward(batch)


class HealthyForEvents(Healthy):
    """Draws two items for each event."""

    def forward(self, batch):
        return self.draw(*batch["target_padding_mask"].shape[:2], 2)


class DrawsPadding(Healthy):
    def forward(self, batch):
        return self.draw(50, low=V - 3, high=V + 1)


class DrawsFloats(Healthy):
    def forward(self, batch):
        return super().forward(batch).float()


class DrawsForOthers(Healthy):
    def forward(self, batch):
        return self.draw(7, 5)


class ForgetsOneUser(Healthy):
    def forward(self, batch):
        users = len(batch["query_id"])
        return self.draw(users, 5) if users > 1 else self.draw(5)


class IgnoresItsGenerator(Healthy):
    def forward(self, batch):
        return torch.randint(0, V, (5,))


class HidesItsGenerator(Healthy):
    def generators(self):
        return []


class WritesIntoTheBatch(Healthy):
    def forward(self, batch):
        batch["negative_labels"] = super().forward(batch)
        return batch["negative_labels"]


class Telling(Healthy):
    """Draws five items for each user, and tells how often."""

    draws = 5

    def forward(self, batch):
        return self.draw(len(batch["query_id"]), 5)

    def log_frequency(self, items, batch):
        return (items < V) * math.log(self.draws / V)


class TellsProbabilities(Telling):
    """How often an item is one of the draws, not how often it is among all of them."""

    draws = 1


class TellsOfPadding(Telling):
    def log_frequency(self, items, batch):
        return torch.full(items.shape, math.log(5 / V))


class TellsOnce(Telling):
    def log_frequency(self, items, batch):
        return torch.tensor(math.log(5 / V))


class IsMistaken(Telling):
    """Draws half of the items only."""

    def forward(self, batch):
        return self.draw(5, low=V // 2)
