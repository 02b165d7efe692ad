"""Factories of schedules: one is right, the other wrong in one way."""

from torch.optim.lr_scheduler import StepLR


class Healthy:
    interval = "step"

    def create(self, optimizer):
        return StepLR(optimizer, 3)


class MovesAtNoon(Healthy):
    interval = "noon"
