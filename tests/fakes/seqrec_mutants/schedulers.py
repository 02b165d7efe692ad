"""Factories of schedules: three are right, each of the others wrong in one way."""

from torch.optim import SGD
from torch.optim.lr_scheduler import StepLR


class Healthy:
    def create(self, optimizer):
        return StepLR(optimizer, 3)


class HealthyDict(Healthy):
    """Lightning's dict."""

    def create(self, optimizer):
        return {"scheduler": StepLR(optimizer, 3), "interval": "step"}


class HealthyOfSteps(Healthy):
    """Knows how long the training is."""

    def create_for_steps(self, optimizer, num_steps):
        return StepLR(optimizer, num_steps)


class MovesAtNoon(Healthy):
    def create(self, optimizer):
        return {"scheduler": StepLR(optimizer, 3), "interval": "noon"}


class TakesAnotherOptimizer(HealthyOfSteps):
    def create_for_steps(self, optimizer, num_steps):
        return StepLR(SGD(optimizer.param_groups[0]["params"], lr=0.1), num_steps)
