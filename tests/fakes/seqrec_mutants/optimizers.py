"""Factories of optimisers: one is right, each of the others wrong in one way."""

from torch.optim import SGD


class Healthy:
    def __init__(self, lr):
        self.lr = lr

    def create(self, parameters):
        return SGD(parameters, lr=self.lr)


class ForgetsAParameter(Healthy):
    def create(self, parameters):
        return SGD(list(parameters)[:1], lr=self.lr)


class ClimbsUp(Healthy):
    def create(self, parameters):
        return SGD(parameters, lr=self.lr, maximize=True)


class ForgetsNamedParameters(Healthy):
    def create_named(self, named_parameters):
        return SGD([p for name, p in named_parameters if name != "bias"], lr=self.lr)
