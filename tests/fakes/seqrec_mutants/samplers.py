"""Samplers: two are right, each of the others wrong in one way."""

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
