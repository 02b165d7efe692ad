"""Transforms, postprocessors, callbacks, factories: one right, the others wrong."""

import torch
from lightning.pytorch import Callback
from torch.optim import SGD
from torch.optim.lr_scheduler import StepLR


class HealthyTransform:
    """Adds a random number for each user."""

    def __init__(self, generator):
        self.generator = generator

    def __call__(self, batch):
        return {**batch, "luck": torch.rand(len(batch["query_id"]), generator=self.generator)}


class ChangesColumnsInPlace(HealthyTransform):
    def __call__(self, batch):
        batch["price"].mul_(2)
        return super().__call__(batch)


class WritesIntoTheBatch(HealthyTransform):
    def __call__(self, batch):
        batch["luck"] = torch.zeros(1)
        return batch


class DropsColumns(HealthyTransform):
    def __call__(self, batch):
        return {"item_id": batch["item_id"]}


class IgnoresItsGenerator(HealthyTransform):
    def __call__(self, batch):
        return {**batch, "luck": torch.rand(len(batch["query_id"]))}


class ChangesItsColumns(HealthyTransform):
    calls = 0

    def __call__(self, batch):
        self.calls += 1
        return {**batch, f"luck_{self.calls}": torch.zeros(1)}


class HealthyPostprocessor:
    """Halves logits."""

    def on_prediction(self, batch, logits):
        return logits / 2

    on_validation = on_prediction


class ChangesLogitsInPlace(HealthyPostprocessor):
    def on_prediction(self, batch, logits):
        return logits.masked_fill_(logits > 0, -torch.inf)


class CutsLogits(HealthyPostprocessor):
    def on_prediction(self, batch, logits):
        return logits[:, :-1]


class GivesNaN(HealthyPostprocessor):
    def on_validation(self, batch, logits):
        return logits.log()


class TakesColumnsForItems(HealthyPostprocessor):
    def on_prediction(self, batch, logits):
        return torch.cat([logits[:, :3] - 1, logits[:, 3:]], -1)


class HealthyCallback(Callback):
    """Counts batches."""

    def __init__(self):
        self.batches = 0

    def on_predict_epoch_start(self, trainer, module):
        self.batches = 0

    def on_predict_batch_end(self, trainer, module, outputs, batch, batch_idx, dataloader_idx=0):
        self.batches += 1

    def get_result(self):
        return self.batches

    def state_dict(self):
        return {"batches": self.batches}

    def load_state_dict(self, state_dict):
        self.batches = state_dict["batches"]


class ForgetsItsState(HealthyCallback):
    def load_state_dict(self, state_dict):
        pass


class AddsUpRuns(HealthyCallback):
    def on_predict_epoch_start(self, trainer, module):
        pass


class ChangesOutputs(HealthyCallback):
    def on_predict_batch_end(self, trainer, module, outputs, batch, batch_idx, dataloader_idx=0):
        self.batches += 1
        outputs["logits"].fill_(0)


class ChangesTheBatch(HealthyCallback):
    def on_predict_batch_end(self, trainer, module, outputs, batch, batch_idx, dataloader_idx=0):
        self.batches += 1
        batch["query_id"].add_(1)


class HealthyFactory:
    def __init__(self, lr):
        self.lr = lr

    def create(self, parameters):
        return SGD(parameters, lr=self.lr)


class ForgetsAParameter(HealthyFactory):
    def create(self, parameters):
        return SGD(list(parameters)[:1], lr=self.lr)


class ClimbsUp(HealthyFactory):
    def create(self, parameters):
        return SGD(parameters, lr=self.lr, maximize=True)


class HealthySchedule:
    interval = "step"

    def create(self, optimizer):
        return StepLR(optimizer, 3)


class MovesAtNoon(HealthySchedule):
    interval = "noon"
