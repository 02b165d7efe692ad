"""Trainers: one is right, each of the others wrong in one way."""


class Healthy:
    def __init__(self, model):
        self.model = model


class HoldsALambda(Healthy):
    def __init__(self, model):
        super().__init__(model)
        self.schedule = lambda step: step


class SwallowsTypos(Healthy):
    def __init__(self, model, **options):
        super().__init__(model)
